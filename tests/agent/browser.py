"""The demonstration form in headless Chromium, the clerk's windows of the agent by keyboard. usage: browser.py FOLDER
The browser trusts the agent's certificate because `sohoa-agent --trust` said so; nothing is ignored."""
import json
import os
import subprocess
import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

PATIENCE = 90
folder = sys.argv[1]
with open(os.path.join(folder, "setting.json")) as file:
    s = json.load(file)
pictures = os.environ.get("SOHOA_SHOTS")


def ok(good, name):
    print(("ok " if good else "not ok ") + name, flush=True)
    return good


def until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    return None


ALLOW, SIGN, NUMBER = "Trang web muốn dùng ký số", "Ký số cho trang web", "Số đến của QLVB"


def find(title):
    out = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"], capture_output=True, text=True).stdout.split()
    return out[-1] if out else None


def window(title):
    """The agent's window, with the keyboard in it. (Numbers of windows come again: only titles tell them apart.)"""
    wid = until(lambda: find(title))
    if wid:
        subprocess.run(["xdotool", "windowfocus", "--sync", wid], check=False, timeout=10)
        time.sleep(0.5)
    return wid


def gone(title):
    return until(lambda: find(title) is None)


def key(*keys):
    for each in keys:
        subprocess.run(["xdotool", "key", "--clearmodifiers", each], check=True, timeout=10)
        time.sleep(0.2)


def type_text(text):
    subprocess.run(["xdotool", "type", "--delay", "40", text], check=True, timeout=30)
    time.sleep(0.3)


def shot(name):
    if pictures:
        subprocess.run(["import", "-window", "root", os.path.join(pictures, name + ".png")], check=False, timeout=20)


options = webdriver.ChromeOptions()
for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + folder + "/browser"):
    options.add_argument(argument)
options.binary_location = "/usr/bin/chromium"
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
browser.set_page_load_timeout(60)
try:
    # a foreign page first: the clerk says no, and it learns nothing
    browser.get(s["evil"] + "/?agent=%d" % s["port"])
    browser.find_element(By.ID, "income").click()
    wid = window(ALLOW)
    shot("agent-allow")
    ok(wid is not None, "a page that is new is asked about")
    key("Escape")
    ok(until(lambda: "3 Trang" in browser.find_element(By.ID, "state").text), "the clerk's no: " + browser.find_element(By.ID, "state").text)
    gone(ALLOW)
    # the clerk's own system
    browser.get(s["good"] + "/?agent=%d" % s["port"])
    browser.find_element(By.ID, "income").click()
    wid = window(ALLOW)
    key("Tab", "Return")
    gone(ALLOW)
    wid = window(SIGN)
    shot("agent-sign")
    ok(wid is not None, "allowed once, the agent shows the desk's documents")
    type_text(s["pin"])
    key("Return")
    gone(SIGN)
    ok(until(lambda: browser.find_element(By.ID, "state").text.startswith("0 ")), "signed and uploaded: " + browser.find_element(By.ID, "state").text)
    number = until(lambda: browser.find_element(By.ID, "number").text)
    ok(number is not None, f"the page shows số đến {number}")
    wid = window(NUMBER)
    shot("agent-number")
    type_text(number or "1")
    key("Return")
    ok(gone(NUMBER), "the clerk types it back")
    with open(os.path.join(folder, "number"), "w") as out:
        out.write(number or "")

    # last, because a browser waits longer and longer after a refused socket
    browser.get(s["evil"] + "/?agent=%d" % s["port"])
    for op in ("GetCertInfo", "SignIncome"):
        got = browser.execute_async_script(
            "const done = arguments[1]; ask(arguments[0], {FileName: '', FileUploadHandler: location.origin + '/upload'}).then(done)", op)
        ok(got["Status"] == -1, f"from then on the browser's own page cannot even open {op}")
finally:
    for entry in browser.get_log("browser"):
        print("# browser: " + entry["message"][:200])
    browser.quit()
