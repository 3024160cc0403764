/// What the page at `/dashboard` does.
enum DashboardScript {
    static let javaScript = #"""
        "use strict";
        (() => {
          const byId = (id) => document.getElementById(id);
          const history = [];
          const remembered = 300;

          function time(ms) {
            if (ms === null || ms === undefined) return "–";
            if (ms < 1000) return Math.round(ms) + " ms";
            if (ms < 60000) return (ms / 1000).toFixed(1) + " s";
            return Math.floor(ms / 60000) + " min " + Math.round(ms % 60000 / 1000) + " s";
          }

          function bytes(count) {
            if (count === null || count === undefined) return "–";
            return count < 1e9 ? Math.round(count / 1e6) + " MB" : (count / 1e9).toFixed(1) + " GB";
          }

          // Names come from callers: they are put on the page as text only.
          function cell(value, kind) {
            const cell = document.createElement("td");
            cell.textContent = value === null || value === undefined || value === "" ? "–" : String(value);
            if (kind) cell.className = kind;
            return cell;
          }

          function fill(id, rows, columns, nothing) {
            const body = byId(id);
            const lines = rows.map((row) => {
              const line = document.createElement("tr");
              line.append(...row);
              return line;
            });
            if (!lines.length) {
              const line = document.createElement("tr");
              const empty = cell(nothing, "empty");
              empty.colSpan = columns;
              line.append(empty);
              lines.push(line);
            }
            body.replaceChildren(...lines);
          }

          function figures(state) {
            const minute = state.last_minute, queues = Object.values(state.queues);
            const sum = (key) => queues.reduce((total, queue) => total + queue[key], 0);
            const values = [
              ["Waiting", sum("queued")], ["Running", sum("in_progress")], ["Tokens a second", minute.tokens_per_second],
              ["Requests a minute", minute.requests], ["Failed a minute", minute.failed],
              ["Latency p50", time(minute.p50_latency_ms)], ["Latency p95", time(minute.p95_latency_ms)],
              ["Latency p99", time(minute.p99_latency_ms)], ["Wait for a slot p95", time(state.queues.chat.p95_wait_time_ms)],
            ];
            byId("figures").replaceChildren(...values.map(([name, value]) => {
              const box = document.createElement("li"), term = document.createElement("span"), text = document.createElement("b");
              term.textContent = name;
              text.textContent = value;
              box.append(term, " ", text);
              return box;
            }));
          }

          function plot(value) {
            history.push(value);
            if (history.length > remembered) history.shift();
            const top = Math.max(1, ...history), start = remembered - history.length;
            const points = history.map((value, index) => (start + index) + "," + (58 - 56 * value / top).toFixed(1));
            byId("plot").firstElementChild.setAttribute("points", points.join(" "));
            byId("plot").setAttribute("aria-label", "Tokens a second: " + value + " now, at most " + top.toFixed(1));
          }

          function resident(model) {
            const parts = [];
            if (model.context) parts.push(model.context + " tokens");
            if (model.bytes) parts.push(bytes(model.bytes));
            if (model.pinned) parts.push("pinned");
            return parts.length ? model.name + " (" + parts.join(", ") + ")" : model.name;
          }

          function progress(batch) {
            const box = cell(""), bar = document.createElement("progress"), done = batch.completed + batch.failed;
            bar.max = Math.max(1, batch.total);
            bar.value = done;
            bar.setAttribute("aria-label", "Progress of " + batch.id);
            box.replaceChildren(bar, " " + done + " of " + batch.total);
            return box;
          }

          const tone = (state) => state === "up" || state === "healthy" ? "good" : state === "down" || state === "unhealthy" ? "bad" : "warn";

          function show(state) {
            byId("light").className = tone(state.status);
            byId("status").textContent = state.status;
            document.title = state.status + " · Shared Ollama";
            figures(state);
            plot(state.last_minute.tokens_per_second);
            fill("engines", state.engines.map((engine) => [
              cell(engine.name), cell(engine.reason ? engine.state + ": " + engine.reason : engine.state, tone(engine.state)),
              cell(engine.running, "number"), cell(engine.slots, "number"),
              cell(engine.cpu_percent === undefined ? null : Math.round(engine.cpu_percent) + " %", "number"),
              cell(engine.memory_mb === undefined ? null : bytes(engine.memory_mb * 1e6), "number"),
              cell(engine.models.map(resident).join(", ")),
              cell((engine.events ?? []).map((event) => event.code + " ×" + event.count).join(", "), "warn"),
            ]), 8, "no engine");
            const more = state.request_count - state.requests.length;
            byId("requests-note").textContent = more > 0 ? "the oldest " + state.requests.length + " of " + state.request_count : "";
            state.requests.sort((one, other) => (one.position ?? 0) - (other.position ?? 0));
            fill("requests", state.requests.map((request) => [
              cell(request.position, "number"), cell(request.project), cell(request.class), cell(request.model), cell(request.phase),
              cell(time(request.waited_ms), "number"), cell(time(request.estimated_wait_ms), "number"), cell(request.request_id),
            ]), 8, "nobody waits");
            fill("batches", state.batches.map((batch) => [
              cell(batch.id), cell(batch.project), cell(batch.is_paused ? batch.status + " (paused)" : batch.status), progress(batch),
              cell(batch.failed, batch.failed ? "number bad" : "number"), cell(batch.running, "number"),
              cell(time(batch.estimated_rest_ms), "number"),
            ]), 7, "none");
            fill("projects", state.last_minute.projects.map((share) => [
              cell(share.project), cell(share.requests, "number"), cell(share.failed, share.failed ? "number bad" : "number"),
              cell(share.tokens, "number"),
            ]), 4, "no request ended");
            fill("errors", state.last_minute.errors.map((failure) => [
              cell(time(failure.ago_ms), "number"), cell(failure.code, "bad"), cell(failure.project), cell(failure.model),
              cell(failure.request_id),
            ]), 5, "none");
          }

          const source = new EventSource("api/v1/events");
          source.addEventListener("state", (event) => show(JSON.parse(event.data)));
          source.addEventListener("error", () => {
            byId("light").className = "bad";
            byId("status").textContent = "no connection to the service; trying again";
          });
        })();
        """#
}
