"""Django without a database or templates, and of the usual middleware the one that sets Content-Length.
`application` is for gunicorn, the first server of its deployment pages."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

from answers import TEXT, json_text

settings.configure(ALLOWED_HOSTS=["*"], DEBUG=False, MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
                   ROOT_URLCONF=__name__, SECRET_KEY="signs nothing here")


def text(_request):
    return HttpResponse(TEXT, content_type="text/plain; charset=utf-8")


def json(_request):
    return HttpResponse(json_text(), content_type="application/json")


urlpatterns = [path("text", text), path("json", json)]
application = get_wsgi_application()
