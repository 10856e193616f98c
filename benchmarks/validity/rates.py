"""How often something happened in so many trials, and what that says about how often it happens."""

import math
from dataclasses import dataclass

Z = 1.959963984540054
"""Of the normal distribution, 95 % lie within so many standard deviations."""


@dataclass(frozen=True)
class Rate:
    """`hits` of `trials`."""

    hits: int
    trials: int

    @property
    def share(self) -> float:
        """The part that was hit; NaN for no trials, of which nothing is known."""
        return self.hits / self.trials if self.trials else math.nan

    def interval(self) -> tuple[float, float]:
        """Return the 95 % score interval of Wilson (1927); everything is possible without trials."""
        if not self.trials:
            return 0.0, 1.0
        squared = Z * Z / self.trials
        middle = (self.share + squared / 2) / (1 + squared)
        width = Z * math.sqrt(self.share * (1 - self.share) / self.trials + squared / (4 * self.trials)) / (1 + squared)
        low = 0.0 if self.hits == 0 else middle - width
        high = 1.0 if self.hits == self.trials else middle + width
        return low, high

    def __str__(self) -> str:
        """Show the share and its interval, as `0.5 % (0.1 to 1.9)`."""
        if not self.trials:
            return "none"
        low, high = self.interval()
        return f"{_percent(self.share)} % ({_percent(low)} to {_percent(high)})"


def _percent(share: float) -> str:
    """Return a share in percent, with a decimal where one says something."""
    return "0" if share == 0 else "100" if share == 1 else f"{share * 100:.1f}"
