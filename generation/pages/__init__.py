"""What pages show: rows read with a constant number of queries, turned into words. Nothing here changes a row.

the board       `board` from `facts`: its headings and `cards`, `covers` in lists of projects
Generate        `forms` and its `choices`, with the `forecast`
one picture     `frame` (what one may do), `takes`, `compare`; `explain`, what was sent
before it       `proofs`: the prompts and what goes `along`; `repair`: what is stale; `confirm`: the question
the queue       `queue`, its `places`, `waiting` for limits, `stops`
what it takes   `estimate` by `rehearsal`, from `prices` and `pace`; `spending` so far
the rest        `engines`, `operations` with `health` and `sparkline`, `exports`, `tokens`, `reference` of the API
in words        `wording`, `failures`, `dollars`
"""
