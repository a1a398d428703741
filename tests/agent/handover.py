"""The desk's window for entering a document into a web form, by keyboard. usage: handover.py NUMBER"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ui-gtk"))
import desk_at_spi as at  # noqa: E402

keys = at.Keys()
WAIT_S = 90


def step(what, condition):
    try:
        at.wait_until(what, condition, WAIT_S)
    except AssertionError as error:
        at.shot("handover-failed")
        print(f"not ok {what}: {error}", flush=True)
        sys.exit(1)
    print(f"ok {what}", flush=True)


def windows():
    return at.window_id("Nhập văn bản vào trang QLVB")


def form():
    """The names of the fields, from top to bottom."""
    lists = at.nodes("list", "theo thứ tự của trang QLVB")
    return [node.name.split(":")[0] for node in at.walk(lists[0]) if node.getRoleName() == "list item"] if lists else []


at.focus_window("Bàn số hóa văn bản đến", WAIT_S)
keys.press("ctrl+3")
step("the row waits for the clerk", lambda: at.nodes("push button", "Nhập vào QLVB"))
keys.press("ctrl+f")
for _ in range(30):  # from the search to the row's button
    keys.press("Tab")
    if any(n.getState().contains(at.pyatspi.STATE_FOCUSED) for n in at.nodes("push button", "Nhập vào QLVB")):
        break
keys.press("Return")
step("its window opens", windows)
at.focus_window("Nhập văn bản vào trang QLVB", WAIT_S)
step("the fields stand in the form's order", lambda: form() == ["Số", "Ký hiệu", "Ngày văn bản", "Cơ quan ban hành", "Trích yếu"])
keys.press("F6")
step("one key copies the first", lambda: at.is_showing_text("Đã chép: Số"))
keys.press("F6", "F6")
step("and the next ones", lambda: at.is_showing_text("Đã chép: Ngày văn bản"))
at.shot("handover")
keys.type(sys.argv[1])
keys.press("Return")
step("số đến is typed back", lambda: not windows())
