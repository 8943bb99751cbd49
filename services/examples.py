"""First prompts to complete: patterns that a small model goes on with, each with the sampling it needs."""

from __future__ import annotations

from dataclasses import dataclass

from services.wire.types import Sampling

# A pattern is copied: the likeliest token each time, and nothing against repetition.
_LINE = Sampling(max_tokens=16, temperature=0.0, repetition_penalty=1.0, stop=("\n",), logprobs=5)


@dataclass(frozen=True)
class Example:
    """title is the button, hint what it shows."""

    id: str
    title: str
    prompt: str
    sampling: Sampling
    hint: str


EXAMPLES = (
    Example(
        "pattern",
        "Go on with a pattern",
        "pump => pumps\nvalve => valves\nmotor => motors\nbattery =>",
        _LINE,
        "Three lines show what is wanted; the answer ends at the line break.",
    ),
    Example(
        "label",
        "Label a notification",
        "Oil drips from the gearbox of conveyor 3 onto the floor. => leak\n"
        "Fan 12 in the dryer screeches when it starts. => noise\n"
        "The main fuse of press 4 blew twice this morning. => power\n"
        "Cooling water runs out below the heat exchanger. => leak\n"
        "Motor of mixer 2 gets no voltage since the night shift. => power\n"
        "A loud knocking comes from the compressor under load. => noise\n"
        "Hydraulic fluid is seeping from the cylinder of lift 7. =>",
        _LINE,
        "Six examples, one new text; the probabilities tell how sure the label is.",
    ),
    Example(
        "ways",
        "Two ways to go on",
        "The days of the week are Monday, Tuesday,",
        Sampling(max_tokens=24, temperature=1.0, n=2, seed=3, logprobs=5),
        "Two alternatives of one prompt, drawn at temperature 1.",
    ),
    Example(
        "letter",
        "Finish a letter",
        "Dear customer,\n\nThank you for your order.",
        Sampling(max_tokens=80, temperature=0.2),
        "Free text: nothing tells the model where to stop but max_tokens.",
    ),
)
