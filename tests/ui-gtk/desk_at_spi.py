"""What the desk's tests need of AT-SPI and of the keyboard: finding by role and name, waiting, keys, pictures.

Keys go through xdotool to the real window (AT-SPI's own focus calls do not move the keyboard in GTK 4.8); the tree is polled,
because events of GTK 4.8 do not arrive dependably. Every wait is bounded."""
import os
import subprocess
import time

import pyatspi

APP = "sohoa-gtk"
POLL_S = 0.15


def app():
    desktop = pyatspi.Registry.getDesktop(0)
    for i in range(desktop.childCount):
        try:
            child = desktop.getChildAtIndex(i)
            if child is not None and child.name == APP:
                return child
        except Exception:  # an application that just ended
            continue
    return None


def walk(node, depth=0):
    if node is None or depth > 40:
        return
    yield node
    try:
        count = node.childCount
    except Exception:  # the node went away while we looked
        return
    for i in range(count):
        try:
            child = node.getChildAtIndex(i)
        except Exception:
            continue
        yield from walk(child, depth + 1)


def nodes(role=None, name=None):
    found = []
    for node in walk(app()):
        try:
            if (role is None or node.getRoleName() == role) and (name is None or name in node.name):
                found.append(node)
        except Exception:
            continue
    return found


def text_of(node):
    try:
        text = node.queryText()
        return text.getText(0, text.characterCount)
    except Exception:  # no text, or the node went away
        try:
            return node.name
        except Exception:
            return ""


def wait_until(what, condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(POLL_S)
    raise AssertionError(f"not within {seconds} s: {what}")


def is_showing_text(part):
    """Whether a label or status with this text is in the tree."""
    return any(part in text_of(node) for node in nodes("label") + nodes("status bar"))


def window_id(title):
    out = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", title], capture_output=True, text=True)
    ids = out.stdout.split()
    return ids[-1] if ids else None


def focus_window(title, seconds=10):
    wid = wait_until(f"a window '{title}'", lambda: window_id(title), seconds)
    subprocess.run(["xdotool", "windowfocus", "--sync", wid], check=True, timeout=10)
    time.sleep(0.2)
    return wid


class Keys:
    """Counts what a person presses."""

    def __init__(self):
        self.count = 0

    def press(self, *keys):
        for key in keys:
            subprocess.run(["xdotool", "key", "--clearmodifiers", key], check=True, timeout=10)
            self.count += 1
            time.sleep(0.12)

    def type(self, text):
        subprocess.run(["xdotool", "type", "--delay", "25", text], check=True, timeout=30)
        time.sleep(0.2)


def shot(name):
    folder = os.environ.get("SOHOA_SHOTS")
    if folder:
        os.makedirs(folder, exist_ok=True)
        time.sleep(0.4)
        subprocess.run(["import", "-window", "root", os.path.join(folder, name + ".png")], check=False, timeout=20)
