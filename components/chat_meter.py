"""What the next message takes and costs, and how full the model's window will be."""

from __future__ import annotations

import streamlit as st

from components.chat_actions import KEY
from components.model_picker import Picked
from components.page_head import grey
from components.state import session, value
from services.answers import figures
from services.answers.conversations import Conversation
from services.forecast import Forecast, forecast


def next_turn(talk: Conversation, picked: Picked) -> Forecast:
    """Of the message that is being edited, where there is one; of one without text otherwise."""
    here = session()
    before = talk if here.editing is None else talk.before(here.editing)
    typed = value(f"{KEY}_draft") if here.draft is not None else None
    return forecast(picked.endpoint, picked.model, before, typed if isinstance(typed, str) else "", here.images)


def cost_line(told: Forecast, picked: Picked) -> None:
    most = told.most_usd
    cost = "price unknown" if most is None else "free" if most == 0 else f"at most {figures.money(most)}"
    if picked.endpoint.word == "simulated":
        cost += ", simulated"
    grey(f"Next turn: about {figures.tokens(told.prompt_tokens)} tokens in · {cost}".replace("$", r"\$"))


def window_bar(told: Forecast) -> None:
    """Only where the window is known. What does not fit is said before it is refused."""
    share = told.share
    if share is None:
        return
    parts = f"about {figures.tokens(told.prompt_tokens)} in and up to {figures.tokens(told.answer_tokens)} out"
    window = figures.tokens(told.window_tokens)
    if told.fits:
        st.progress(share, text=f":small[:gray[Window: {parts}, of {window} tokens]]")
    else:
        st.progress(1.0, text=f":small[Does not fit: {parts}, of {window} tokens. Lower max\\_tokens or begin anew.]")
