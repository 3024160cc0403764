/// How the page at `/dashboard` looks.
enum DashboardStyle {
    static let css = """
        :root { --back: #fff; --text: #1b1f24; --quiet: #59636e; --line: #d5dae0; --box: #f5f7f9; --good: #1a6b3c; --bad: #b02a37;
          --warn: #8a5a00; --plot: #0a58ca; }
        @media (prefers-color-scheme: dark) {
          :root { --back: #14171a; --text: #e4e7ea; --quiet: #98a2ad; --line: #343a41; --box: #1d2226; --good: #5fc98b;
            --bad: #ff8a94; --warn: #e8b455; --plot: #7fb2ff; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--back); color: var(--text);
          font: 16px/1.45 system-ui, sans-serif; }
        header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: .5rem; }
        h1 { font-size: 1.5rem; margin: 0; }
        h1 small, h2 small { color: var(--quiet); font-weight: normal; font-size: .9rem; }
        h2 { font-size: 1.05rem; margin: 1.5rem 0 .4rem; }
        #state { margin: 0; }
        #light { display: inline-block; width: .8rem; height: .8rem; border-radius: 50%; background: var(--quiet); }
        #light.good { background: var(--good); }
        #light.warn { background: var(--warn); }
        #light.bad { background: var(--bad); }
        ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .6rem; margin: 0; padding: 0; list-style: none; }
        li { padding: .5rem .7rem; background: var(--box); border: 1px solid var(--line); border-radius: .4rem; }
        li span { display: block; color: var(--quiet); font-size: .82rem; }
        li b { font-weight: normal; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
        figure { margin: .8rem 0 0; }
        figcaption { color: var(--quiet); font-size: .82rem; }
        svg { width: 100%; height: 5rem; background: var(--box); border: 1px solid var(--line); border-radius: .4rem; }
        polyline { fill: none; stroke: var(--plot); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        td, th { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-top: 1px solid var(--line); white-space: nowrap; }
        th { color: var(--quiet); font-size: .8rem; font-weight: normal; border-top: 0; }
        td.empty { color: var(--quiet); }
        td.number { font-variant-numeric: tabular-nums; }
        .good { color: var(--good); }
        .warn { color: var(--warn); }
        .bad { color: var(--bad); }
        progress { width: 8rem; accent-color: var(--plot); vertical-align: middle; }
        code { font: .86em ui-monospace, monospace; }
        """
}
