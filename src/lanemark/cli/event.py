"""The event this process is about: GitHub's payload in Actions, else simply here and now."""

from lanemark.errors import EventError
from lanemark.event import Event, local_event, read_event, refuse_running
from lanemark.settings import Settings

LIMIT = 24 << 20


def find_event(settings: Settings, *, looking: bool = False) -> Event:
    """Return the event of this process; those on which no stage may ever run are refused unless it is only `looking`."""
    if not (settings.in_actions and settings.event_name and settings.event_path):
        return local_event()
    try:
        with open(settings.event_path, "rb") as file:
            payload = file.read(LIMIT + 1)
    except OSError as fault:
        raise EventError(f"the event file cannot be read: {fault.strerror}", help="GITHUB_EVENT_PATH must name it") from None
    event = read_event(settings.event_name, payload)
    if not looking:
        refuse_running(event)
    return event
