"""The shape of a vendor's set-up text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Setup:
    made_by: Literal["vendor", "us", "nobody"]
    """Who makes the secret: the vendor, from where it goes into deskpulse.yaml; we, who print it once; or nobody, where a bearer
    token is all there is.
    """
    steps: tuple[str, ...]
    """They may hold {url}, {token}, and {secret} where we make it."""
    templates: tuple[tuple[str, str], ...] = ()
    """Bodies to paste: when, and what."""

    def text(self, url: str, token: str = "", secret: str = "") -> str:
        """For the terminal, numbered."""
        steps = [f"{number}. {step}" for number, step in enumerate(self.steps, 1)]
        bodies = [f"{when}\n   {body}" for when, body in self.templates]
        # Not str.format: the bodies are full of braces.
        text = "\n".join([*steps, *bodies])
        return text.replace("{url}", url).replace("{token}", token).replace("{secret}", secret)
