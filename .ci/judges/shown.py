"""Whether the Alertmanager on this port shows an alert of this title, or no longer does."""
import json
import sys
import time
import urllib.request

port, title, state = sys.argv[1:]
deadline = time.monotonic() + 30
while True:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/alerts", timeout=10) as answer:
        alerts = json.load(answer)
    found = [alert for alert in alerts if title in json.dumps(alert)]
    if (len(found) == 1 and found[0]["status"]["state"] in ("active", "unprocessed")) == (state == "active"):
        break
    if time.monotonic() > deadline:
        raise SystemExit(f"{title!r} is not {state}: {json.dumps(alerts, indent=1)}")
    time.sleep(0.2)
print(f"Alertmanager: {title!r} is {state}")
