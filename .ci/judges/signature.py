"""The official Standard Webhooks library verifies each request that was kept."""
import json
import pathlib
import sys

from standardwebhooks import Webhook, WebhookVerificationError

folder, secret = pathlib.Path(sys.argv[1]), sys.argv[2]
heads = sorted(folder.glob("*.json"))
assert heads, "nothing was sent"
for head in heads:
    headers = {key.lower(): value for key, value in json.loads(head.read_text())["headers"].items()}
    body = head.with_suffix(".body").read_bytes()
    Webhook(secret).verify(body, headers)
    try:
        Webhook(secret).verify(body + b" ", headers)
    except WebhookVerificationError:
        continue
    raise SystemExit("a changed body was verified too")
print(f"standardwebhooks (Python) verified {len(heads)} with this secret")
