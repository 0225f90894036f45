/** The whole look; light and dark by the reader's own setting. */
export const STYLE = `
:root{color-scheme:light dark;--bg:light-dark(#fff,#0d1117);--soft:light-dark(#f6f8fa,#151b23);--line:light-dark(#d1d9e0,#3d444d);
--text:light-dark(#1f2328,#f0f6fc);--muted:light-dark(#59636e,#9198a1);--link:light-dark(#0969da,#4493f8);
--good:light-dark(#1a7f37,#3fb950);--bad:light-dark(#cf222e,#f85149);--warn:light-dark(#9a6700,#d29922);--busy:light-dark(#9a6700,#d29922);
--add:light-dark(#dafbe1,#12261e);--del:light-dark(#ffebe9,#25171c);--hunk:light-dark(#ddf4ff,#121d2f)}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
code,pre,.code{font:12px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.bar{display:flex;gap:12px;align-items:baseline;padding:12px 24px;background:var(--soft);border-bottom:1px solid var(--line)}
.bar a{color:var(--text);font-weight:600}.bar span{color:var(--muted);font-size:12px}
main{max-width:1060px;margin:0 auto;padding:24px}
h1{font-size:26px;font-weight:400;line-height:1.25;margin:0 0 8px}h1 small{color:var(--muted);font-size:1em}
h2{font-size:16px;margin:32px 0 12px}
.crumbs{color:var(--muted);margin:0 0 8px}.muted{color:var(--muted)}
.state{display:inline-block;border-radius:2em;padding:3px 12px;color:#fff;font-weight:600;font-size:13px;background:#1f883d;margin-right:8px}
.state.closed{background:#cf222e}.state.draft{background:#59636e}.state.merged{background:#8250df}
.branch{background:var(--hunk);color:var(--link);border-radius:6px;padding:2px 6px;font:12px ui-monospace,monospace}
.box{border:1px solid var(--line);border-radius:8px;margin:0 0 16px;overflow:hidden;background:var(--bg)}
.box>header{background:var(--soft);border-bottom:1px solid var(--line);padding:10px 16px;display:flex;gap:8px;align-items:center;flex-wrap:wrap}
.box>header .grow{flex:1}.body{padding:16px}.body>:first-child{margin-top:0}.body>:last-child{margin-bottom:0}
.badge{border:1px solid var(--line);border-radius:2em;padding:0 7px;font-size:12px;color:var(--muted)}
.mark{width:20px;height:20px;border-radius:50%;display:inline-grid;place-items:center;color:#fff;font-size:12px;font-weight:700;background:var(--muted);flex:none}
.mark.success{background:var(--good)}.mark.failure,.mark.timed_out{background:var(--bad)}.mark.action_required,.mark.in_progress,.mark.queued{background:var(--busy)}
.verdict{border-left:4px solid var(--muted)}.verdict.success{border-left-color:var(--good)}.verdict.failure,.verdict.timed_out{border-left-color:var(--bad)}
.verdict.action_required,.verdict.in_progress,.verdict.queued{border-left-color:var(--busy)}
.body pre{background:var(--soft);border-radius:6px;padding:12px;overflow:auto}.body :not(pre)>code{background:var(--soft);border-radius:4px;padding:1px 5px}
.body blockquote{margin:0 0 12px;padding:0 12px;border-left:3px solid var(--line);color:var(--muted)}
.body details{margin:8px 0}.body summary{cursor:pointer}.wide{overflow-x:auto}
.body table{border-collapse:collapse;margin:8px 0}.body th,.body td{border:1px solid var(--line);padding:5px 12px;text-align:left;vertical-align:top}
.body th{background:var(--soft)}
pre .added{background:var(--add);display:inline-block;min-width:100%}pre .deleted{background:var(--del);display:inline-block;min-width:100%}pre .hunk{color:var(--muted)}
.suggestion{border:1px solid var(--line);border-radius:6px;overflow:hidden;margin:8px 0}.suggestion p{margin:0;padding:4px 12px;background:var(--soft);font-size:12px;color:var(--muted)}
.body .suggestion pre{margin:0;border-radius:0;background:var(--add)}
.diff{width:100%;border-collapse:collapse;font:12px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.diff td{padding:0 10px;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere}
.diff .n{width:44px;min-width:44px;text-align:right;color:var(--muted);user-select:none;white-space:nowrap}
.diff .added td{background:var(--add)}.diff .deleted td{background:var(--del)}.diff .hunk td{background:var(--hunk);color:var(--muted)}
.diff .note td{padding:10px 16px;border-block:1px solid var(--line);white-space:normal;font:14px/1.5 system-ui,sans-serif;background:var(--bg)}
.note .box{margin:0;max-width:780px}.note .box+.box{margin-top:8px}
.annotation{display:block;padding:10px 16px;border-top:1px solid var(--line)}.annotation:first-child{border-top:0}
.annotation .level{font-weight:600}.level.failure{color:var(--bad)}.level.warning{color:var(--warn)}.level.notice{color:var(--link)}
.annotation p{margin:4px 0 0;white-space:pre-wrap;overflow-wrap:anywhere}.annotation pre{margin:8px 0 0;background:var(--soft);border-radius:6px;padding:8px 12px;overflow:auto}
.list{list-style:none;margin:0;padding:0}.list li{padding:12px 16px;border-top:1px solid var(--line);display:flex;gap:10px;align-items:center}.list li:first-child{border-top:0}
nav.tabs{display:flex;gap:20px;border-bottom:1px solid var(--line);margin:16px 0 24px;padding-bottom:8px}
`;
