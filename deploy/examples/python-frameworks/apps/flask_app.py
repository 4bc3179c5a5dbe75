"""Flask. Run by `flask run`: its own server, with threads. `app` is for WSGI servers too."""

from flask import Flask, Response

from answers import TEXT, json_text

app = Flask(__name__)


@app.get("/text")
def text():
    return Response(TEXT, mimetype="text/plain")


@app.get("/json")
def json():
    return Response(json_text(), mimetype="application/json")
