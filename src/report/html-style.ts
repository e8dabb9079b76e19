/** The page's own style sheet: no font, picture or rule from elsewhere. Pairs of colours keep WCAG AA. */
export const styleSheet = `
:root{color-scheme:light dark;
--paper:#fbf9f4;--panel:#fffefb;--ink:#1d1f2b;--soft:#585c6c;--line:#e2dccf;--accent:#94500a;
--problem:#ab2018;--problem-bg:#fbe9e6;--warning:#7d4a00;--warning-bg:#fbf0da;--note:#27568f;--note-bg:#e8eff8;
--link:#e6e1d5;--network:#cfdff3;--transport:#c8e7e1;--application:#f8dcae;--out:#d9862a;--in:#3f7fbf;--bar:#6b82a8;
--bar-link:#a39a86;--bar-network:#5b8fcb;--bar-transport:#3fa08f;--bar-application:#d9862a}
@media (prefers-color-scheme:dark){:root{
--paper:#10121b;--panel:#171a26;--ink:#ece8de;--soft:#a7abba;--line:#2b3040;--accent:#f2b65e;
--problem:#ff9a90;--problem-bg:#381a1c;--warning:#f6c673;--warning-bg:#33270f;--note:#98c1f6;--note-bg:#16263d;
--link:#303548;--network:#23466c;--transport:#1b564f;--application:#6d490e;--out:#e39a41;--in:#5f9bdc;--bar:#7b90b8;
--bar-link:#6f768e;--bar-network:#5f9bdc;--bar-transport:#46ab99;--bar-application:#e39a41}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 20px}
h1,.lead{font-family:Charter,"Iowan Old Style","Source Serif 4","Noto Serif",Georgia,serif}
h1{font-size:clamp(1.65rem,1.1rem + 2.6vw,2.75rem);line-height:1.17;letter-spacing:-.012em;font-weight:600;margin:.35rem 0 0;max-width:24em;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:.8rem;letter-spacing:.09em;text-transform:uppercase;font-weight:650;color:var(--accent);margin:0 0 .9rem}
h3{font-size:.95rem;font-weight:620;margin:0 0 .4rem}
p{margin:0 0 .6rem}
code,.mono{font-family:ui-monospace,"SF Mono","JetBrains Mono","Cascadia Mono",Menlo,Consolas,monospace;font-size:.86em;font-variant-ligatures:none;overflow-wrap:anywhere}
.soft{color:var(--soft)}.small{font-size:.85rem}
.brand{display:flex;gap:.6rem;align-items:center;flex-wrap:wrap;padding:22px 0 26px;font-size:.85rem;color:var(--soft)}
.brand svg{flex:none}.brand b{color:var(--ink);font-weight:650;letter-spacing:.01em}.brand time{margin-left:auto;white-space:nowrap}
header section{margin:26px 0 0}.kicker{color:var(--accent);font-weight:600;font-size:.95rem;overflow-wrap:anywhere}
.story{display:grid;gap:22px 44px;margin:26px 0 30px}
.story .lead{font-size:1.12rem;line-height:1.5;overflow-wrap:anywhere}
.story ul{list-style:none;margin:0;padding:0}
.story li{padding:.42rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}.story li:first-child{border-top:0;padding-top:0}
.figures{display:grid;grid-template-columns:repeat(2,1fr);gap:1px;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden;margin:0 0 40px}
.figures div{background:var(--panel);padding:13px 16px}
.figures dt{font-size:.78rem;color:var(--soft)}.figures dd{margin:0;font-size:1.32rem;font-weight:620;letter-spacing:-.01em;line-height:1.3}
.figures .alarm dd{color:var(--problem)}
section{margin:0 0 44px;min-width:0}
.pair{display:grid;gap:0 48px}
.findings{list-style:none;margin:0;padding:0;display:grid;gap:10px}
.findings li{border-radius:10px;padding:12px 16px;overflow-wrap:anywhere}
.findings p{margin:0 0 .2rem}.tag{font-weight:700;font-size:.78rem;letter-spacing:.03em;margin-right:.35rem}
.problem{background:var(--problem-bg)}.problem .tag{color:var(--problem)}
.warning{background:var(--warning-bg)}.warning .tag{color:var(--warning)}
.findings .what{font-weight:560}.findings .do{margin:.15rem 0 .35rem}.findings p:last-child{margin-bottom:0}
.findings details{margin:.4rem 0 .2rem}.findings summary{cursor:pointer;font-size:.85rem;font-weight:600}.findings pre{font-size:.82rem;margin:.2rem 0 .6rem}
.note{background:var(--note-bg)}.note .tag{color:var(--note)}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;font-size:.85rem;color:var(--soft);padding:0 0 .5rem}
th,td{text-align:left;padding:.42rem .7rem .42rem 0;border-top:1px solid var(--line);vertical-align:top}
thead th{border-top:0;font-size:.78rem;font-weight:600;color:var(--soft);white-space:nowrap}
tbody th{font-weight:500}tbody th .meaning{display:block;font-weight:400;font-size:.85rem;color:var(--soft);line-height:1.4}
.num{text-align:right;white-space:nowrap}th:last-child,td:last-child{padding-right:0}
.more{color:var(--soft);font-size:.85rem;margin:.6rem 0 0}
svg{display:block;max-width:100%}
svg text{font:12px Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
svg .dim{fill:var(--soft)}
.f-link{fill:var(--link)}.f-network{fill:var(--network)}.f-transport{fill:var(--transport)}.f-application{fill:var(--application)}
.f-out{fill:var(--out)}.f-in{fill:var(--in)}.f-bar{fill:var(--bar)}.b-link{fill:var(--bar-link)}.b-network{fill:var(--bar-network)}.b-transport{fill:var(--bar-transport)}.b-application{fill:var(--bar-application)}.b-plain{fill:var(--bar)}
.f-line{fill:var(--line)}
.icicle rect{stroke:var(--paper);stroke-width:2}
.icicle{margin-bottom:18px}
.s-line{stroke:var(--line)}.s-ink{stroke:var(--ink)}.s-accent{stroke:var(--accent)}.s-problem{stroke:var(--problem)}
.facts-row td{border-top:0;padding-top:0;overflow-wrap:anywhere}.tree th{min-width:8.5em}.tree svg{margin-top:3px}
.talks{list-style:none;margin:0;padding:0;display:grid;gap:16px}
.talks .who{display:flex;justify-content:space-between;gap:12px;align-items:baseline}
.talks .who b{white-space:nowrap;font-weight:620}.talks svg{margin:5px 0 4px}
.key{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.3em}
.key.plain{background:var(--bar)}.key.out{background:var(--out)}.key.in{background:var(--in)}
.trio{display:grid;grid-template-columns:repeat(3,auto);justify-content:start;gap:4px 28px;margin:0 0 8px}
.trio dt{font-size:.78rem;color:var(--soft)}.trio dd{margin:0;font-weight:620;font-size:1.15rem}
.names{display:grid;gap:24px 40px;grid-template-columns:repeat(auto-fit,minmax(min(15rem,100%),1fr))}
.names ol{list-style:none;margin:0;padding:0}.names li{display:flex;justify-content:space-between;gap:14px;padding:.3rem 0;border-top:1px solid var(--line)}
.facts{display:grid;grid-template-columns:minmax(6.5em,auto) 1fr;gap:.45rem 20px;margin:0 0 22px;align-content:start;font-size:.92rem}
.facts dt{color:var(--soft)}.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
pre{margin:.2rem 0 1rem;padding:11px 14px;background:var(--panel);border:1px solid var(--line);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.92rem}
.label{font-size:.85rem;color:var(--soft);margin:0 0 .1rem}
footer{border-top:1px solid var(--line);padding:18px 20px 44px;color:var(--soft);font-size:.83rem}
footer p{max-width:46em}
@media (min-width:760px){
.story{grid-template-columns:minmax(0,5fr) minmax(0,7fr)}.story.alone{grid-template-columns:1fr}
.figures{grid-template-columns:repeat(6,1fr)}
.pair{grid-template-columns:repeat(2,minmax(0,1fr))}
.findings li{display:grid;grid-template-columns:6.4em 1fr}.tag{padding-top:.16rem}
main,header,footer{padding-left:32px;padding-right:32px}}
@media (max-width:400px){main,header,footer{padding-left:16px;padding-right:16px}th,td{padding-right:.5rem}.figures dd{font-size:1.18rem}.tree{font-size:.86rem}.tree th{min-width:6.2em}.brand time{margin-left:0;flex-basis:100%}}
@media print{
:root{--paper:#fff;--panel:#fff;--ink:#111;--soft:#444;--line:#ccc;--accent:#6b3a06;--problem:#8c1a13;--problem-bg:#fff;--warning:#5f3900;--warning-bg:#fff;--note:#1d4373;--note-bg:#fff;
--link:#e6e1d5;--network:#cfdff3;--transport:#c8e7e1;--application:#f8dcae;--bar-link:#a39a86;--bar-network:#5b8fcb;--bar-transport:#3fa08f;--bar-application:#c06f17;--out:#c06f17;--in:#2f6aa6;--bar:#7f93b5;color-scheme:light}
body{font-size:10.5pt}section{break-inside:auto;margin-bottom:24px}li,tr,.figures,figure{break-inside:avoid}h2{break-after:avoid}
.findings li{border:1px solid var(--line)}.scroll{overflow:visible}.figures{grid-template-columns:repeat(6,1fr)}.figures div{padding:9px 10px}.figures dd{font-size:1rem}.pair{grid-template-columns:repeat(2,minmax(0,1fr));gap:0 32px}.tree th{min-width:6em}table{font-size:8.5pt}svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
