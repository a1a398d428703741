"""The receiver's web pages as a clerk uses them, in headless Chromium. usage: web.py URL FOLDER
FOLDER holds ca.pem, client.pem, client.key, secret, signed.pdf, unsigned.pdf; user clerk, password of FOLDER/password."""
import http.client
import os
import ssl
import sys
import time
import urllib.parse

from selenium import webdriver
from selenium.common.exceptions import JavascriptException, NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sender import Sender, Tap  # noqa: E402

url, folder = sys.argv[1].rstrip("/"), sys.argv[2]
pictures = os.environ.get("SOHOA_WEB_PICTURES")
tap = Tap()
ok = tap.ok


def at(name):
    return os.path.join(folder, name)


def read(name):
    with open(at(name)) as file:
        return file.read().strip()


ATTACKS = ["<script>window.hit=1</script>", "\"><img src=x onerror=\"window.hit=1\">", "'><svg onload=window.hit=1>",
           "</title></textarea><script>window.hit=1</script>", "javascript:window.hit=1", "{{7*7}}${7*7}&lt;b&gt;"]
sender = Sender(url, read("secret"), ca=at("ca.pem"), cert=at("client.pem"), key=at("client.key"))


def paper(number, subject, **more):
    return {"TypeName": "Công văn", "CodeNumber": str(number), "CodeNotation": "STN-VP", "IssuedDate": "2026-11-20",
            "OrganName": "Sở Thử Nghiệm", "Subject": subject, "FullName": "Lê Văn Mẫu", "Position": "Giám đốc",
            "PageAmount": 1, **more}


def keys_of(answer):
    return answer[1].get("key", "")


# ---- what arrives ----
good = sender.send(paper(7, "V/v báo cáo tình hình số hóa văn bản quý IV"), at("signed.pdf"), key="a" * 64)
ok(good[0] == 200 and good[1]["signature"] == "VALID" and good[1]["arrivalNumber"] == 1, "a signed document is registered")
bare = sender.send(paper(8, "Chưa ký"), at("unsigned.pdf"), key="b" * 64)
ok(bare[0] == 422 and bare[1]["status"] == "02", "an unsigned one is refused with a reason")
for i, attack in enumerate(ATTACKS):
    evil = paper(100 + i, attack, OrganName=attack, CodeNotation=attack[:30], TypeName=attack, ArrivalBook=attack,
                 FullName=attack, Position=attack, Description=attack, ToPlaces=attack, Priority=attack,
                 Language=attack, DueDate=attack)
    got = sender.send(evil, at("signed.pdf"), key="%064x" % (i + 1))
    ok(got[0] == 200, f"hostile texts {i + 1} are registered as texts")
second = sender.send(paper(9, "V/v đề nghị phối hợp rà soát"), at("signed.pdf"), key="c" * 64)
third = sender.send(paper(10, "V/v thu hồi theo yêu cầu"), at("other.pdf"), key="d" * 64)
ok(second[0] == 200 and third[0] == 200, "more documents")

# ---- without a browser ----
context = ssl._create_unverified_context()


def raw(method, path, body=None, **headers):
    connection = http.client.HTTPSConnection(url.split("://")[1], context=context, timeout=60)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    answer.data = answer.read()
    connection.close()
    return answer


form = "application/x-www-form-urlencoded"
for path in ["/", "/web/inbox", "/web/register", "/web/document?key=" + "a" * 64, "/web/file?key=" + "a" * 64,
             "/web/page?page=1&key=" + "a" * 64]:
    got = raw("GET", path)
    ok(got.status == 303 and got.getheader("Location") == "/web/login" and b"STN" not in got.data, f"{path[:20]} asks for a log-in")
for path in ["/web/static/../register.db", "/web/static/%2e%2e/lists/words.conf", "/web/static/style.css/..", "/web/static/"]:
    ok(raw("GET", path).status in (303, 400, 404), f"no file outside of the folder: {path}")
page = raw("GET", "/web/login")
policy = page.getheader("Content-Security-Policy")
ok("default-src 'none'" in policy and "unsafe" not in policy and b"<style" not in page.data and b" style=" not in page.data,
   "strict policy, nothing inline")
ok(page.getheader("X-Frame-Options") == "DENY" and page.getheader("Cache-Control") == "no-store"
   and page.getheader("Strict-Transport-Security") is not None, "headers")
ok(raw("POST", "/web/login", "x" * 20000, **{"Content-Type": form}).status == 413, "a huge form is not read")
login = urllib.parse.urlencode({"name": "clerk", "password": read("password")})
ok(raw("POST", "/web/login", login, **{"Content-Type": form, "Origin": "https://evil.example"}).status == 403,
   "a log-in from a foreign page is refused")
entered = raw("POST", "/web/login", login, **{"Content-Type": form})
cookie = entered.getheader("Set-Cookie") or ""
ok(entered.status == 303 and all(w in cookie for w in ("__Host-sohoa=", "HttpOnly", "SameSite=Strict", "Secure", "Path=/")),
   "the session's cookie is closed")
session = cookie.split(";")[0]
for name, extra in (("no token", {}), ("a wrong token", {"token": "0" * 64})):
    body = urllib.parse.urlencode({"key": "a" * 64, "status": "01", "act": "03", **extra})
    ok(raw("POST", "/web/decide", body, **{"Content-Type": form, "Cookie": session}).status == 403, f"a decision with {name} is refused")
ok(raw("POST", "/web/logout", "", **{"Content-Type": form, "Cookie": session}).status == 403, "a log-out without token is refused")
ok(raw("GET", "/web/inbox", Cookie="__Host-sohoa=" + "0" * 64).status == 303, "an invented session is none")
with open(at("users.conf")) as file:
    stored = file.read()
ok("scrypt$" in stored and read("password") not in stored, "the password is stored as scrypt")
answers = [raw("POST", "/web/login", urllib.parse.urlencode({"name": "other", "password": "wrong"}), **{"Content-Type": form}).status
           for _ in range(7)]
ok(answers == [403] * 5 + [429] * 2, f"tries are limited: {answers}")

# ---- Chromium ----
options = webdriver.ChromeOptions()
for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1400,1000", "--lang=vi",
                 "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--user-data-dir=" + at("browser")):
    options.add_argument(argument)
options.binary_location = "/usr/bin/chromium"
options.set_capability("acceptInsecureCerts", True)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
browser.set_page_load_timeout(60)
PATIENCE = 60  # seconds for a page to come; only a fault makes it wait that long
CHANGING = (StaleElementReferenceException, NoSuchElementException, JavascriptException)  # the page is being replaced


def picture(name):
    if pictures:
        browser.save_screenshot(os.path.join(pictures, name + ".png"))


def until(condition):
    """Asks again while the page changes: a key that sends a form returns before the answer is drawn."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if condition():
                return True
        except CHANGING:
            pass
        time.sleep(0.05)
    return False


def steady(act):
    """An act on a page that may just be replaced; the page is waited for, an act that was done isn't repeated."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except CHANGING:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def focused():
    return browser.switch_to.active_element


def press(*keys):
    for key in keys:
        steady(lambda: focused().send_keys(key))


def tab_to(wanted, most=80):
    """Only the Tab key: the element whose id or href is wanted."""
    def here():
        place = focused()
        return [place.get_attribute(name) or "" for name in ("id", "name", "href")]

    for _ in range(most):
        identity, name, target = steady(here)
        if wanted in (identity, name) or wanted in target:
            return True
        press(Keys.TAB)
    return False


def text():
    return browser.find_element(By.TAG_NAME, "body").text


def shows(*words):
    return until(lambda: all(word in text() for word in words))


def at_page(path):
    return until(lambda: path in browser.current_url and browser.execute_script("return document.readyState") == "complete")


try:
    browser.get(url + "/")
    picture("login")
    ok(shows("Đăng nhập"), "Chromium shows the log-in")
    press("clerk", Keys.TAB, "nope nope", Keys.ENTER)
    ok(shows("không đúng"), "a wrong password is told")
    tab_to("password")
    press(read("password"), Keys.ENTER)
    ok(at_page("/web/inbox") and shows("quý IV"), "log-in by keyboard leads to the inbox")
    picture("inbox")
    for path in ("/web/inbox?show=all", "/web/register", "/web/inbox?show=all&q=" + urllib.parse.quote(ATTACKS[1])):
        browser.get(url + path)
        ok(browser.execute_script("return window.hit === undefined && document.querySelectorAll('main script, main img, main svg').length === 0"),
           f"no hostile text runs or becomes an element: {path[:22]}")
    for i, attack in enumerate(ATTACKS):
        browser.get(url + "/web/document?key=%064x" % (i + 1))
        safe = browser.execute_script("return window.hit === undefined && document.querySelectorAll("
                                      "'main script, main svg, .side img, [onerror], [onload], a[href^=javascript]').length === 0")
        ok(safe and until(lambda: attack in browser.find_element(By.TAG_NAME, "dl").text), f"hostile text {i + 1} is shown as it is")
    browser.get(url + "/web/register")
    ok(len(browser.find_elements(By.CSS_SELECTOR, "thead th")) == 10, "the register has ten columns")
    picture("register")

    # the keyboard only: from the inbox to an accepted document
    browser.get(url + "/web/inbox")
    press("/")
    ok(until(lambda: focused().get_attribute("name") == "q"), "/ goes to the search")
    press("bao cao tinh hinh SO HOA", Keys.ENTER)
    at_page("q=bao")
    ok(until(lambda: ["quý IV" in row.text for row in browser.find_elements(By.CSS_SELECTOR, "a.open")] == [True]),
       "search without marks finds one")
    press("j")
    press(Keys.ENTER)
    ok(at_page("/web/document") and shows("Hợp lệ", "Lê Văn Mẫu"), "j and Enter open it; signature and fields are there")
    shown = browser.execute_async_script(
        "const done = arguments[0], i = document.querySelector('.pages img'); if (!i) done(0);"
        "else if (i.complete) done(i.naturalWidth); else { i.onload = () => done(i.naturalWidth); i.onerror = () => done(0); }")
    ok(shown > 500, f"its page is a picture of {shown} px")
    picture("document")
    press("a")
    press(Keys.ENTER)
    ok(shows("Đã ghi: Đã tiếp nhận"), "a and Enter accept it")
    state = sender.ask("GET", "/api/v1/documents/by-key/" + "a" * 64 + "/status")
    ok(b'"status":"03"' in state[1], "the sender sees 03")
    tab_to("text04")
    press("Phòng Văn hóa - Xã hội", Keys.ENTER)
    ok(shows("Phân công", "Phòng Văn hóa - Xã hội"), "handed on to a unit, by Tab and Enter")

    # a refusal with its reason
    browser.get(url + "/web/document?key=" + "c" * 64)
    press("r")
    press(Keys.ENTER)
    ok(b'"status":"01"' in sender.ask("GET", "/api/v1/documents/by-key/" + "c" * 64 + "/status")[1], "no refusal without a reason")
    reason = "Gửi nhầm nơi nhận <b>&\"'"
    press(reason, Keys.ENTER)
    ok(shows("Từ chối tiếp nhận", reason), "refused with a reason, by keyboard")
    state = sender.ask("GET", "/api/v1/documents/by-key/" + "c" * 64 + "/status")[1].decode()
    ok('"status":"02"' in state and "Gửi nhầm nơi nhận" in state, "the sender sees 02 and the reason")

    # a recall waits for a person; agreed, the content goes and the row stays
    ok(sender.ask("POST", "/api/v1/documents/" + third[1]["docCode"] + "/recall", b'{"reason":"nham"}')[0] == 200, "a recall is taken")
    ok(b'"status":"13"' in sender.ask("GET", "/api/v1/documents/by-key/" + "d" * 64 + "/status")[1], "and waits")
    kept = os.path.join(folder, "data", "files", third[1]["sha256"] + ".pdf")
    ok(os.path.exists(kept), "its file is still there")
    browser.get(url + "/web/document?key=" + "d" * 64)
    tab_to("act15")
    press(Keys.ENTER)
    ok(shows("Đồng ý thu hồi") and until(lambda: not os.path.exists(kept)), "agreed: the file is gone")
    book = urllib.parse.quote(third[1]["arrivalDate"][:4] + " Văn bản đến")
    browser.get(url + "/web/register?q=10/STN&book=" + book)
    ok(shows("thu hồi", str(third[1]["arrivalNumber"])), "row and number stay in the register")

    # two clerks: the second is told
    browser.get(url + "/web/document?key=%064x" % 1)
    token = browser.find_element(By.CSS_SELECTOR, "form.decision input[name=token]").get_attribute("value")
    mine = "; ".join(f"{c['name']}={c['value']}" for c in browser.get_cookies())
    body = urllib.parse.urlencode({"key": "%064x" % 1, "status": "01", "act": "03", "token": token})
    ok(raw("POST", "/web/decide", body, **{"Content-Type": form, "Cookie": mine}).status == 303, "one clerk accepts")
    ok(raw("POST", "/web/decide", body, **{"Content-Type": form, "Cookie": mine}).status == 409, "the other is told")
    body = urllib.parse.urlencode({"key": "%064x" % 2, "status": "01", "act": "06", "token": token})
    ok(raw("POST", "/web/decide", body, **{"Content-Type": form, "Cookie": mine}).status == 409, "no step may be left out")
    got = raw("GET", "/web/file?key=" + "a" * 64, Cookie=mine)
    with open(at("signed.pdf"), "rb") as file:
        ok(got.data == file.read() and got.getheader("Content-Disposition", "").startswith("attachment; filename=\""),
           "the file comes as an attachment, byte for byte")
    got = raw("GET", "/web/register?as=csv", Cookie=mine).data.decode("utf-8-sig").split("\r\n")
    ok(got[0].count('","') == 9 and not any('"=' in row or '"@' in row for row in got), "the register as CSV")

    browser.get(url + "/web/inbox")
    browser.find_element(By.CSS_SELECTOR, "button[name=to]").click()
    ok(shows("Inbox") and browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en", "in English too")
    browser.get(url + "/web/document?key=" + "a" * 64)
    ok(shows("Valid", "Assigned"), "the document in English")
    picture("document-en")
    browser.set_window_size(420, 900)
    picture("narrow")
    ok(browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), "fits a narrow window")
    browser.set_window_size(1400, 1000)
    browser.find_element(By.CSS_SELECTOR, "form[action='/web/logout'] button").click()
    ok(at_page("/web/login") and raw("GET", "/web/inbox", Cookie=mine).status == 303, "log out ends the session")
    told = [e["message"] for e in browser.get_log("browser") if "Content Security" in e["message"] or "CSP" in e["message"]]
    ok(told == [], f"no page of ours breaks the policy {told[:2]}")
finally:
    browser.quit()
tap.end()
