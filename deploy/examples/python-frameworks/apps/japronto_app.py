"""Japronto under its own server, with one worker. Its newest version wants Python 3.6 or older."""

from japronto import Application

from answers import TEXT, address, json_text


def text(request):
    return request.Response(text=TEXT)


def json(request):
    return request.Response(text=json_text(), mime_type="application/json")


app = Application()
app.router.add_route("/text", text)
app.router.add_route("/json", json)

if __name__ == "__main__":
    host, port = address()
    app.run(host, port, worker_num=1)
