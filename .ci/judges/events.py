"""The CloudEvents library of Python parses each event that was kept."""
import json
import pathlib
import sys

from cloudevents.v1.http import from_http

folder = pathlib.Path(sys.argv[1])
heads = sorted(folder.glob("*.json"))
assert heads, "nothing was sent"
for head in heads:
    headers = json.loads(head.read_text())["headers"]
    event = from_http(headers, head.with_suffix(".body").read_bytes())
    assert event["specversion"] == "1.0" and event["id"] and event["source"] and event["type"]
    assert isinstance(event.data, dict), "the data is JSON, not text"
print(f"cloudevents (Python) took {len(heads)} events")
