"""Keeps what it is sent: request n as n.json (method, path, headers) and n.body."""
import http.server
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
count = 0


class Keeper(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global count
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        count += 1
        head = {"method": self.command, "path": self.path, "headers": dict(self.headers)}
        (folder / f"{count}.body").write_bytes(body)
        (folder / f"{count}.json").write_text(json.dumps(head))
        # As Discord answers where it is asked to wait.
        answer = b'{"id":"%d","channel_id":"1"}' % count
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PATCH = do_PUT = do_POST

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Keeper)
print(server.server_address[1], flush=True)
server.serve_forever()
