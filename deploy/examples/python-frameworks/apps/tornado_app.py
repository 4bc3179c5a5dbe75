"""Tornado under its own server, one process."""

import asyncio

import tornado.web

from answers import TEXT, address, json_text


class Text(tornado.web.RequestHandler):
    def get(self):
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.write(TEXT)


class Json(tornado.web.RequestHandler):
    def get(self):
        self.set_header("Content-Type", "application/json")
        self.write(json_text())


async def main():
    host, port = address()
    tornado.web.Application([("/text", Text), ("/json", Json)]).listen(port, host)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
