"""`deskpulse doctor`: is everything reachable and keeping up, and if not, what to do?"""

from deskpulse.doctor.examine import examine
from deskpulse.doctor.finding import Finding, Health

__all__ = ["Finding", "Health", "examine"]
