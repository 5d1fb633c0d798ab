"""A recipient with a browser: pages, forms, cookies, downloads. Knows HTML, not our templates."""

import hashlib
import html.parser
import http.client
import re
import ssl
import urllib.parse

LINK = re.compile(r"https?://[^\s\"'<>()]+/t/[a-z2-7]{32}(?![a-z2-7])")


def links_in(mail):
    """Every link to us in the texts of a returned mail, each once, in order."""
    found = []
    for part in mail.message.walk():
        if part.get_content_maintype() == "text":
            for link in LINK.findall(part.get_content()):
                if link not in found:
                    found.append(link)
    return found


def code_in(mail):
    """The six digits of a code mail."""
    body = mail.message.get_body(("plain", "html")).get_content()
    codes = re.findall(r"(?<![0-9A-Za-z#&-])[0-9]{6}(?![0-9A-Za-z-])", body)
    assert len(set(codes)) == 1, "no single code in: " + body
    return codes[0]


class Form:
    def __init__(self, action, method):
        self.action, self.method, self.inputs = action, method.upper(), {}
        self.kinds = {}


class _Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.forms, self.links, self.text, self.language = [], [], [], None
        self.scripts = 0
        self._form = None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "html":
            self.language = a.get("lang")
        elif tag == "form":
            self._form = Form(a.get("action", ""), a.get("method", "get"))
            self.forms.append(self._form)
        elif tag in ("input", "button") and self._form is not None and a.get("name"):
            self._form.inputs[a["name"]] = a.get("value") or ""
            self._form.kinds[a["name"]] = a.get("type", "text")
        elif tag == "a" and a.get("href"):
            self.links.append(a["href"])
        elif tag == "script" or any(k.startswith("on") for k, _ in attrs):
            self.scripts += 1

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None

    def handle_data(self, data):
        self.text.append(data)


class Page:
    def __init__(self, url, status, fields, body):
        self.url, self.status, self.fields, self.body = url, status, fields, body
        reader = _Reader()
        if fields.get("Content-Type", "").startswith("text/html"):
            reader.feed(body.decode("utf-8"))
        self.forms, self.hrefs, self.language = reader.forms, reader.links, reader.language
        self.scripts = reader.scripts
        self.text = " ".join(" ".join(reader.text).split())

    def form(self, having=None):
        """The form that has an input of that name; without a name the first that posts."""
        for f in self.forms:
            if (having in f.inputs) if having else f.method == "POST":
                return f
        raise AssertionError("no form with %r on %s (%d): %s" % (having, self.url, self.status, self.text))

    @property
    def file_links(self):
        return [h for h in self.hrefs if re.search(r"/f/[^/]+/[0-9]+(/|$)", h)]


class Download:
    def __init__(self, status, fields, size, sha256, data):
        self.status, self.fields, self.size, self.sha256, self.data = status, fields, size, sha256, data

    @property
    def name(self):
        """The file name the browser would take (RFC 6266: filename* wins)."""
        value = self.fields.get("Content-Disposition", "")
        m = re.search(r"filename\*=(?:UTF-8|utf-8)''([^;]+)", value)
        if m:
            return urllib.parse.unquote(m.group(1))
        m = re.search(r'filename="((?:[^"\\]|\\.)*)"', value)
        return re.sub(r"\\(.)", r"\1", m.group(1)) if m else None


class Visitor:
    """address is a function that gives (host, port) of the web listener now; names come from the links."""

    def __init__(self, address, certs, language="en", tls=True):
        self.address, self.certs, self.language, self.tls = address, certs, language, tls
        self.cookies = {}

    def request(self, method, url, form=None, fields=()):
        """One request, no redirects followed. Gives (response, connection)."""
        u = urllib.parse.urlsplit(url)
        host, port = self.address()
        if self.tls:
            ctx = ssl.create_default_context(cafile=self.certs.our_root.cert)
            c = _Https(host, port, ctx, u.hostname)
        else:
            c = http.client.HTTPConnection(host, port, timeout=120)
        target = (u.path or "/") + ("?" + u.query if u.query else "")
        headers = {"Host": u.netloc, "Accept-Language": self.language, "Accept": "text/html,*/*"}
        if self.cookies:
            headers["Cookie"] = "; ".join("%s=%s" % kv for kv in self.cookies.items())
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = "%s://%s" % (u.scheme, u.netloc)
            headers["Sec-Fetch-Site"] = "same-origin"
        headers.update(fields)
        c.request(method, target, body=body, headers=headers)
        r = c.getresponse()
        for value in r.headers.get_all("Set-Cookie") or []:
            pair, *attributes = value.split(";")
            name, _, content = pair.strip().partition("=")
            gone = any(a.strip().lower() == "max-age=0" for a in attributes) or not content
            if gone:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = content
        return r, c

    def get(self, url, method="GET", fields=(), form=None, follow=True):
        """A page, redirects followed as a browser does."""
        for _ in range(6):
            r, c = self.request(method, url, form, fields)
            body = r.read()
            c.close()
            if follow and r.status in (301, 302, 303, 307, 308):
                url = urllib.parse.urljoin(url, r.headers["Location"])
                method, form = ("GET", None) if r.status == 303 else (method, form)
                continue
            return Page(url, r.status, r.headers, body)
        raise AssertionError("too many redirects at " + url)

    def submit(self, page, form, follow=True, **values):
        """Send a form with its hidden inputs."""
        data = {k: v for k, v in form.inputs.items() if form.kinds[k] in ("hidden", "text")}
        data.update(values)
        return self.get(urllib.parse.urljoin(page.url, form.action), form.method, form=data, follow=follow)

    def download(self, url, fields=(), keep=True):
        r, c = self.request("GET", url, fields=fields)
        digest, size, kept = hashlib.sha256(), 0, []
        while True:
            piece = r.read(262144)
            if not piece:
                break
            digest.update(piece)
            size += len(piece)
            if keep:
                kept.append(piece)
        c.close()
        return Download(r.status, r.headers, size, digest.hexdigest(), b"".join(kept))

    # ---- the usual way ----

    def ask_code(self, link, recorder, address):
        """Open the link, ask for a code, take it from the mail that arrives. Gives (code page, code)."""
        page = self.get(link)
        assert page.status == 200, (page.status, page.text)
        before = len(recorder.accepted(to=address, match=is_code_mail))
        form = page.form()
        values = {"address": address} if "address" in form.inputs else {}
        page = self.submit(page, form, **values)
        assert page.status == 200, (page.status, page.text)
        mail = recorder.wait(before + 1, to=address, match=is_code_mail)[-1]
        return page, code_in(mail)

    def enter_code(self, page, code, **values):
        return self.submit(page, page.form("code"), code=code, **values)

    def files_page(self, link, recorder, address):
        page, code = self.ask_code(link, recorder, address)
        page = self.enter_code(page, code)
        assert page.status == 200 and page.file_links, (page.status, page.text)
        return page

    def fetch_all(self, link, recorder, address, keep=True):
        """The whole way of a recipient: every file of the link as a Download."""
        page = self.files_page(link, recorder, address)
        return [self.download(urllib.parse.urljoin(page.url, h), keep=keep) for h in page.file_links]


def is_code_mail(mail):
    """A mail of ours to a recipient without a download link: the code."""
    if mail.raw.find(b"/t/") >= 0 and links_in(mail):
        return False
    body = mail.message.get_body(("plain", "html"))
    return len(mail.raw) < 65536 and body is not None and bool(
        re.search(r"(?<![0-9A-Za-z#&-])[0-9]{6}(?![0-9A-Za-z-])", body.get_content()))


class _Https(http.client.HTTPSConnection):
    """TLS to an address on loopback under the name that the link carries."""

    def __init__(self, host, port, context, name):
        super().__init__(host, port, timeout=120, context=context)
        self._ctx, self._name = context, name

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = self._ctx.wrap_socket(self.sock, server_hostname=self._name)
