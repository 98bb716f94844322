"""Link previews as they are usually made by hand: Flask, requests, BeautifulSoup.

Answers GET /scrape?url=... with JSON, several requests at a time by threads, and prints its port first.
"""

import requests
from bs4 import BeautifulSoup
from flask import Flask, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

TIMEOUT_S = 15

app = Flask(__name__)
session = requests.Session()


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept

    def log(self, *_arguments):
        pass  # its time would be counted against it


def content_of(soup, *names):
    for name in names:
        found = soup.find("meta", attrs={"property": name}) or soup.find("meta", attrs={"name": name})
        if found and found.get("content"):
            return found["content"].strip()
    return None


@app.get("/scrape")
def scrape():
    page = session.get(request.args["url"], timeout=TIMEOUT_S)
    page.raise_for_status()
    soup = BeautifulSoup(page.text, "html.parser")
    title = content_of(soup, "og:title", "twitter:title")
    return jsonify(
        title=title or (soup.title.get_text(strip=True) if soup.title else None),
        description=content_of(soup, "og:description", "twitter:description", "description"),
        image=content_of(soup, "og:image", "twitter:image"),
        publisher=content_of(soup, "og:site_name"),
        author=content_of(soup, "author", "article:author"),
        date=content_of(soup, "article:published_time"),
        url=content_of(soup, "og:url") or page.url,
    )


server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
print(server.port, flush=True)
server.serve_forever()
