"""A client of a cluster: zeoclient.py NAME PORT, in the folder of its files.

Pages take a moment. If NAME.broken is there when it starts, it comes up, but gives no page. It ends at once when it is
told to, whatever it is at; if NAME.slow is there when it starts, some seconds later. The page /endless has no end, /round
leads to itself. What is asked for through a virtual host is for who has the user and password of the file `login`, if that
is there.
"""

import base64
import http.server
import os
import signal
import sys
import threading
import time

name, port = sys.argv[1], int(sys.argv[2])
is_broken = os.path.exists(f"{name}.broken")
asked = 0
pages = os.open(f"{name}.pages", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
if os.path.exists(f"{name}.slow"):
    signal.signal(signal.SIGTERM, lambda *_: threading.Timer(3, os._exit, [0]).start())


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global asked
        asked += 1
        time.sleep(0.02)
        if self.path.endswith("/endless"):
            return self.go_on()
        page = f"{name} {os.getpid()} {asked}\n".encode()
        self.send_response(self.status())
        if self.path.endswith("/round"):
            self.send_header("Location", self.path)
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(page)

    def status(self):
        if is_broken:
            return 500
        if self.path.endswith("/round"):
            return 302
        return 200 if self.is_let_in() else 401

    def is_let_in(self):
        if not (self.path.startswith("/VirtualHostBase/") and os.path.exists("login")):
            return True
        with open("login", "rb") as login:
            wanted = "Basic " + base64.b64encode(login.read()).decode()
        return self.headers.get("Authorization") == wanted

    def go_on(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"5\r\nmore\n\r\n")
                time.sleep(0.01)
        except OSError:
            self.close_connection = True

    def log_message(self, form, *words):
        os.write(pages, f"{self.path}\n".encode())


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A connection that breaks off is worth no word: who would read it may be held still, and nobody waits for that."""


with open(f"{name}.pid", "w") as file:
    file.write(str(os.getpid()))
time.sleep(0.1)
server = Server(("127.0.0.1", port), Pages)
with open(f"{name}.log", "a") as file:
    file.write("Zope Ready to handle requests\n")
server.serve_forever()
