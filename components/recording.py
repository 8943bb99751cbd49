"""Recordings in the head of Compare: keep what stands there, play what was kept, take it away or in as a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components.compare_actions import KEY
from components.feedback import plain, show
from components.page_head import grey
from components.recording_panels import close, play
from components.state import owner, put, session, value
from services import recording as recordings
from services.answers.comparisons import Comparison
from services.answers.player import as_html
from services.answers.recording_files import MAX_BYTES, to_json
from services.answers.recordings import MAX_KEPT, Recording, recordable
from services.answers.replays import Playing
from services.errors import ServiceError
from services.resources import playground

_LONGEST_TITLE, _MENU = 60, f"{KEY}_recordings"


def recording_menu(comparison: Comparison) -> None:
    """Nothing in a blind round: a recording tells who answered."""
    if comparison.hidden:
        return
    kept = playground().recordings.of(owner())
    head = st.popover("Recordings", icon=":material/history:", key=_MENU, on_change="rerun")
    with head, st.container(width=420, gap="small"):
        st.button(
            "Keep this comparison",
            key=f"{KEY}_keep",
            icon=":material/bookmark_add:",
            disabled=not recordable(comparison),
            help="Text, times and figures of every panel, once all have ended.",
            on_click=_keep,
            args=(comparison,),
            width="stretch",
        )
        _said()
        if kept:
            _chosen(kept, comparison)
        else:
            grey("Nothing kept yet.")
        _import()
        grey(f"At most {MAX_KEPT} are kept, until the app ends: download what should last.")


def on_stage(comparison: Comparison) -> Playing | None:
    """What is played in place of the panels; None when nothing is. What is asked meanwhile takes its place back."""
    if session().shelf.instead_of != _standing(comparison):
        close(KEY)
    return session().shelf.playing.get(KEY)


def _standing(comparison: Comparison) -> tuple[str, ...]:
    return (comparison.id, *(run.id for run in comparison.runs if run is not None))


def _chosen(kept: tuple[Recording, ...], comparison: Comparison) -> None:
    by_id = {recording.id: recording for recording in kept}
    picked = st.selectbox(
        f"Kept ({len(kept)})", list(by_id), format_func=lambda key: title(by_id[key]), key=f"{KEY}_kept"
    )
    chosen = by_id[picked] if picked in by_id else kept[0]
    with st.container(horizontal=True, gap="small"):
        st.button("Play", key=f"{KEY}_play", icon=":material/play_arrow:", on_click=_play, args=(chosen, comparison))
        for label, suffix, mime, make in (
            ("HTML", "html", "text/html", as_html),
            ("File", "json", "application/json", to_json),
        ):
            st.download_button(
                label,
                data=partial(make, chosen),
                file_name=f"recording-{chosen.recorded_at:%Y%m%d-%H%M}.{suffix}",
                mime=mime,
                key=f"{KEY}_recording_{suffix}",
                icon=":material/download:",
                on_click="ignore",
            )
        st.button("Delete", key=f"{KEY}_delete", icon=":material/delete:", on_click=_delete, args=(chosen.id,))


def title(recording: Recording) -> str:
    """Its day, then how the prompt begins."""
    prompt = " ".join(recording.prompt.split())
    short = prompt if len(prompt) <= _LONGEST_TITLE else f"{prompt[:_LONGEST_TITLE]}…"
    return f"{recording.recorded_at:%Y-%m-%d %H:%M} · {short}"


def _said() -> None:
    shelf = session().shelf
    if shelf.problem is not None:
        show(shelf.problem)
    elif shelf.said:
        grey(plain(shelf.said))
    gone = shelf.deleted
    if gone is not None:
        st.button("Undo delete", key=f"{KEY}_undo", icon=":material/undo:", on_click=_put_back, args=(gone,))


def _import() -> None:
    key = f"{KEY}_import_{session().shelf.imports}"
    st.file_uploader(
        "Import a recording",
        type="json",
        max_upload_size=MAX_BYTES // 1_000_000,
        key=key,
        on_change=_take_in,
        args=(key,),
    )


def _play(recording: Recording, comparison: Comparison) -> None:
    play(KEY, recording)
    session().shelf.instead_of = _standing(comparison)
    put(_MENU, False)


def _keep(comparison: Comparison) -> None:
    _tell("Kept", lambda: recordings.keep(playground(), owner(), comparison))


def _take_in(key: str) -> None:
    file = value(key)
    if isinstance(file, UploadedFile):
        session().shelf.imports += 1
        _tell("Taken in", lambda: recordings.take_in(playground(), owner(), file.getvalue()))


def _tell(done: str, act: Callable[[], Recording]) -> None:
    shelf = session().shelf
    shelf.said, shelf.problem, shelf.deleted = "", None, None
    try:
        recording = act()
    except ServiceError as problem:
        shelf.problem = problem
        return
    shelf.said = f"{done}."
    put(f"{KEY}_kept", recording.id)


def _delete(recording_id: str) -> None:
    shelf = session().shelf
    shelf.deleted, shelf.said, shelf.problem = playground().recordings.forget(owner(), recording_id), "", None
    now = shelf.playing.get(KEY)
    if now is not None and now.recording.id == recording_id:
        close(KEY)


def _put_back(recording: Recording) -> None:
    _tell("Put back", lambda: playground().recordings.keep(owner(), recording))
