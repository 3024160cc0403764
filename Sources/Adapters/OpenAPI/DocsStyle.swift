/// How the page at `/api/docs` looks.
enum DocsStyle {
    static let css = """
        :root { --back: #fff; --text: #1b1f24; --quiet: #59636e; --line: #d5dae0; --box: #f5f7f9; --link: #0a58ca; }
        @media (prefers-color-scheme: dark) {
          :root { --back: #14171a; --text: #e4e7ea; --quiet: #98a2ad; --line: #343a41; --box: #1d2226; --link: #7fb2ff; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--back); color: var(--text);
          font: 16px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.6rem; margin: .5rem 0; }
        h1 small { color: var(--quiet); font-weight: normal; font-size: 1rem; }
        h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
        h3 { font-size: .95rem; margin: 1.1rem 0 .35rem; }
        p { margin: .35rem 0; }
        a { color: var(--link); }
        .text { color: var(--quiet); }
        input { width: 100%; padding: .5rem .7rem; font: inherit; color: inherit; background: var(--box);
          border: 1px solid var(--line); border-radius: .4rem; }
        code, pre { font: .86rem/1.5 ui-monospace, monospace; }
        pre { margin: .3rem 0; padding: .6rem .8rem; overflow-x: auto; background: var(--box); border: 1px solid var(--line);
          border-radius: .4rem; }
        details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; }
        details[open] { padding-bottom: .6rem; }
        summary { cursor: pointer; padding: .4rem .7rem; }
        details > :not(summary) { margin-left: .8rem; margin-right: .8rem; }
        summary span { color: var(--quiet); }
        summary b { display: inline-block; min-width: 4.2rem; padding: 0 .4rem; border-radius: .3rem; text-align: center;
          text-transform: uppercase; font-size: .75rem; color: #fff; background: #59636e; }
        summary b.get { background: #1a6b3c; }
        summary b.post { background: #0a58ca; }
        summary b.delete { background: #b02a37; }
        table { border-collapse: collapse; width: calc(100% - 1.6rem); }
        td, th { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-top: 1px solid var(--line); }
        th { font-size: .8rem; color: var(--quiet); font-weight: normal; border-top: 0; }
        ul.schema { list-style: none; margin-top: .2rem; margin-bottom: .2rem; padding-left: .8rem; border-left: 2px solid var(--line); }
        ul.schema ul.schema { margin-left: .2rem; }
        ul.schema em { color: var(--quiet); font-style: normal; font-size: .86rem; }
        ul.schema .need::after { content: " *"; color: #d6485a; }
        button { font: inherit; font-size: .8rem; padding: .1rem .6rem; color: inherit; background: var(--box);
          border: 1px solid var(--line); border-radius: .3rem; cursor: pointer; }
        [hidden] { display: none; }
        """
}
