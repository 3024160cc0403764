"""Opens the dashboard in a real browser while a service is busy, and looks at it as a person would.

Called by scripts/test-dashboard:  dashboard.py SERVICE STAND_IN [PICTURES]
"""

import contextlib
import json
import os
import pathlib
import sys
import threading
import time

from axe_selenium_python import Axe
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "Stage"))
from stage import post, stage, submit

SERVICE, STAND_IN = sys.argv[1], sys.argv[2]
PICTURES = sys.argv[3] if len(sys.argv) > 3 else None
PATIENCE = 120


class Load:
    """Callers of three projects who ask all the time, one of them for a model that is not there, and a batch."""

    def __init__(self, url):
        self.url = url
        self.is_over = threading.Event()
        callers = [("search", "smollm2"), ("search", "smollm2"), ("chatbot", "smollm2"), ("chatbot", "smollm2"), ("typo", "smolm2")]
        self.threads = [threading.Thread(target=self.ask, args=caller, daemon=True) for caller in callers]

    def __enter__(self):
        submit(self.url, 400)
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join(PATIENCE)

    def ask(self, project, model):
        body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
        while not self.is_over.is_set():
            with contextlib.suppress(OSError):
                post(f"{self.url}/api/v1/chat", body, **{"X-Project-Name": project})
            if project == "typo":
                self.is_over.wait(2)


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1350"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def rows(page, table):
    # In one go: the page puts new rows in the place of the old ones all the time.
    script = "return [...document.querySelectorAll(arguments[0] + ' tr')].map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    return page.execute_script(script, f"#{table}")


def until(page, what, condition):
    WebDriverWait(page, PATIENCE, poll_frequency=0.2).until(lambda _: condition(), f"never seen: {what}")


def look(page):
    """What has to be there, and has to move."""
    until(page, "who waits and who runs", lambda: {row[4] for row in rows(page, "requests") if len(row) == 8} >= {"queued", "decoding"})
    until(page, "an engine that is up", lambda: any(row[1] == "up" and "smollm2" in row[6] for row in rows(page, "engines")))
    until(page, "projects", lambda: {"search", "chatbot"} <= {row[0] for row in rows(page, "projects")})
    until(page, "a failure with its request", lambda: any(len(row) == 5 and row[1] == "model_not_found" and row[4] for row in rows(page, "errors")))

    def done():
        found = [row for row in rows(page, "batches") if len(row) == 7]
        return int(found[0][3].split()[0]) if found else 0

    before = done()
    until(page, "a batch that moves", lambda: done() > before + 1)
    points = page.find_element(By.CSS_SELECTOR, "#plot polyline").get_attribute("points")
    assert len(points.split()) > 2, f"the plot has no points: {points}"


def check_access(page, how):
    axe = Axe(page)
    axe.inject()
    faults = [fault for fault in axe.run()["violations"] if fault["impact"] in ("serious", "critical")]
    assert not faults, f"{how}: {json.dumps(faults, indent=1)[:3000]}"


def check_keyboard(page):
    """Every table that may be wider than the window can be reached, and so scrolled, without a mouse."""
    seen = set()
    for _ in range(12):
        page.switch_to.active_element.send_keys(Keys.TAB)
        seen.add(page.switch_to.active_element.get_attribute("aria-labelledby"))
    wanted = {f"{table}-title" for table in ("engines", "requests", "batches", "projects", "errors")}
    assert wanted <= seen, f"not reached by the keyboard: {wanted - seen}"


def check_console(page):
    faults = [entry for entry in page.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert not faults, f"the console says {faults}"


def picture(page, name):
    if PICTURES:
        page.execute_script("window.scrollTo(0, 0)")
        page.save_screenshot(os.path.join(PICTURES, f"{name}.png"))


def main():
    with stage(SERVICE, STAND_IN, SHARED_OLLAMA_BATCHES_MIN_SHARE="0.3") as url, Load(url), contextlib.closing(browser()) as page:
        page.get(f"{url}/dashboard")
        look(page)
        check_access(page, "light")
        picture(page, "dashboard")
        check_keyboard(page)
        page.set_window_size(390, 844)
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        time.sleep(2)
        check_access(page, "dark, on a phone")
        width = page.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"the page is wider than a phone: {width}"
        picture(page, "dashboard-dark-phone")
        check_console(page)
        print("the dashboard shows queue, engines, projects, failures and a batch that moves; nothing to complain of")


main()
