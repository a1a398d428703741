"""The whole task by keyboard; prints one line "ok WHAT" or "not ok WHAT" per step and ends at the first that failed."""
import os
import subprocess
import sys

import pyatspi

import desk_at_spi as at

keys = at.Keys()
QUICK_S, SCAN_S, READ_S = 20, 90, 240


def step(what, condition, seconds=QUICK_S):
    try:
        at.wait_until(what, condition, seconds)
    except AssertionError as error:
        at.shot("failed")
        print(f"not ok {what}: {error}", flush=True)
        print("status:", [at.text_of(n) for n in at.nodes("status bar")], flush=True)
        sys.exit(1)
    print(f"ok {what}", flush=True)


def says(part):
    return lambda: at.is_showing_text(part)


def simulator(*words):
    subprocess.run([os.environ["SOHOA_SIMULATOR"], "--control", os.environ["SOHOA_SCANNER_URL"], *words], check=True, timeout=20)


def focused():
    for node in at.walk(at.app()):
        try:
            if node.getState().contains(pyatspi.STATE_FOCUSED):
                return node
        except Exception:
            continue
    return None


def focus_name():
    node = focused()
    return node.name if node is not None else ""


def go_to(name):
    """Tab until the field has the keyboard; a person would see it coming."""
    for _ in range(30):
        if focus_name() == name:
            return True
        keys.press("Tab")
    return False


def scan():
    at.focus_window("Bàn số hóa")
    step("the scanner is found", says("Máy quét sẵn sàng"), SCAN_S)
    at.shot("1-empty")
    keys.press("F5")
    step("the jam is told with the sheet and what to do", says("tờ thứ 4"), SCAN_S)
    at.shot("2-jam")
    simulator("clear")
    keys.press("F5")
    step("every side is accounted for", says("10 tờ, 20 mặt = 17 trang giữ + 3 trang trắng"), SCAN_S)
    at.shot("3-scanned")


def check():
    step("the document waits for its check", says("Chờ kiểm tra 1"), READ_S)
    keys.press("ctrl+2")
    step("its fields are there", lambda: at.nodes("text", "Số"))
    at.shot("4-check")
    keys.press("F8")
    step("F8 goes to a doubt", lambda: focus_name() != "" and focused().getRoleName() == "text")
    step("the number has the keyboard", lambda: go_to("Số"))
    keys.press("ctrl+a")
    keys.type("1821")
    step("the date has the keyboard", lambda: go_to("Ngày văn bản"))
    keys.press("ctrl+a")
    keys.type("31022020")
    keys.press("Tab")
    step("a day that does not exist is refused with words", says("không có"))
    for _ in range(40):
        if focus_name() == "Ngày văn bản":
            break
        keys.press("shift+Tab")
    keys.press("ctrl+a")
    keys.type("16082020")
    keys.press("Tab")
    step("a date without separators is understood", lambda: any(at.text_of(n) == "16/08/2020" for n in at.nodes("text", "Ngày văn bản")))
    for _ in range(24):
        keys.press("F8")
        if at.is_showing_text("Đã xem hết các mục"):
            break
    step("every doubt was looked at", says("Đã xem hết các mục"))
    at.shot("5-checked")
    keys.press("ctrl+Return")
    step("it waits for the signature", says("Chờ ký số 1"))


def sign():
    keys.press("F7")
    at.focus_window("Ký số")
    step("the token is shown", says("USB ký số: UBND xã Ví Dụ"))
    at.shot("6-sign")
    keys.type("000000")
    keys.press("Return")
    step("a wrong PIN is told, nothing is signed", says("Sai mã PIN"), 60)
    at.shot("7-wrong-pin")
    keys.type(os.environ["SOHOA_PIN"])
    step("one may try again", lambda: any(n.getState().contains(pyatspi.STATE_SENSITIVE) for n in at.nodes("push button", "Ký số")))
    keys.press("Return")
    step("it is signed and accepted", says("QLVB đã tiếp nhận"), READ_S)
    at.focus_window("Bàn số hóa")
    at.shot("8-accepted")


def stamp_and_find():
    keys.press("ctrl+g")
    at.focus_window("Ghi số")
    step("the stamp view shows the number", lambda: at.nodes("label", "Số đến 1"))
    keys.type("7")
    keys.press("Return")
    step("another number on the paper stops here", says("Dấu ĐẾN trên giấy ghi 7"))
    at.shot("9-stamp")
    keys.press("ctrl+a", "BackSpace", "Return")
    step("Enter goes on", says("Đã ghi hết số"))
    keys.press("Return")
    at.focus_window("Bàn số hóa")
    keys.press("ctrl+4", "ctrl+f")
    keys.type("1821 thpths")
    step("it is found in the register", says("1 trong 1 dòng"))
    at.shot("10-register")


def killed():
    simulator("load")
    keys.press("F5")
    step("a second stack is being fed", lambda: any("Dừng" in n.name for n in at.nodes("push button")), SCAN_S)
    os.kill(int(os.environ["SOHOA_GUI_PID"]), 9)
    at.wait_until("the window is gone", lambda: at.window_id("Bàn số hóa") is None, QUICK_S)
    with open(os.environ["SOHOA_GTK_LOG"], "a") as log:
        gui = subprocess.Popen([os.environ["SOHOA_GTK"]], stderr=log)
    try:
        at.focus_window("Bàn số hóa", 20)
        step("after a kill in the middle of a scan the new window has the whole batch", says("10 tờ, 20 mặt"), SCAN_S)
        at.shot("11-after-kill")
    finally:
        gui.kill()


if __name__ == "__main__":
    scan()
    check()
    sign()
    stamp_and_find()
    print(f"keys pressed: {keys.count}", flush=True)
    killed()
