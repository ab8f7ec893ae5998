"use strict";

// xterm.js makes <style> elements. The page's Content-Security-Policy admits those with its nonce.
const nonce = document.currentScript.nonce;
const createElement = document.createElement;
document.createElement = function (name, options) {
  const element = createElement.call(this, name, options);
  if (name === "style") element.nonce = nonce;
  return element;
};

const show = (text) => { document.getElementById("status").textContent = text; };

// The token is the fragment of the page's URL, which browsers send to no server. It moves from the
// address bar to the storage of this tab, where a reload finds it.
if (location.hash) {
  sessionStorage.setItem("token", location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
const token = sessionStorage.getItem("token") || "";

const terminal = new Terminal({ cursorBlink: true });
const fit = new FitAddon.FitAddon();
terminal.loadAddon(fit);
terminal.open(document.getElementById("terminal"));
fit.fit();

// Binary messages are bytes of the terminal, in both directions. A text message is its new size.
const connect = () => {
  const address = new URL("session", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address, ["shell", "token." + token]);
  socket.binaryType = "arraybuffer";
  const send = (message) => { if (socket.readyState === WebSocket.OPEN) socket.send(message); };
  const sendSize = () => send(JSON.stringify({ columns: terminal.cols, rows: terminal.rows }));

  let connected = false;
  socket.onopen = () => { connected = true; show("Connected."); sendSize(); terminal.focus(); };
  socket.onmessage = (event) => terminal.write(new Uint8Array(event.data));
  socket.onclose = (event) => show(event.reason || (connected
    ? "The connection has ended. Reload the page for a new shell."
    : "No connection: the token is wrong or old, too many shells are open, or the server has ended."));
  terminal.onResize(sendSize);
  terminal.onData((text) => {
    const bytes = new TextEncoder().encode(text);
    for (let i = 0; i < bytes.length; i += 16384) send(bytes.slice(i, i + 16384)); // a long paste
  });
};
window.addEventListener("resize", () => fit.fit());

if (/^\w+$/.test(token)) connect();
else show("The address has no token: open the one that browsershell printed.");
