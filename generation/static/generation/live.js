// The connection: a socket that rings when something changed, else a look every three seconds. What is shown always comes
// from `catchUp`, which asks for all that happened since the page's own number, so a lost message loses nothing.

const POLL = 3000;
/** The server says it is there every 15 s; longer silence is a dead line. */
const SILENCE = 35000;
const LONGEST_WAIT = 15;
const NOT_FOUND = 4404;
/** Many events at once are one look. */
const BREATH = 120;

export class Live {
  /** @param {{project: string, since: () => number, catchUp: () => Promise<unknown>, busy: () => boolean,
   *           show: (state: string) => void, heard: (message: any) => void}} page */
  constructor(page) {
    this.page = page;
    this.state = "reconnecting";
    /** Seconds until the next try. */
    this.wait = 0;
    this.failures = 0;
    this.refreshing = false;
    this.again = false;
  }

  start() {
    this.connect();
    setInterval(() => this.poll(), POLL);
    addEventListener("online", () => this.reconnectNow());
    addEventListener("offline", () => this.show("offline"));
    addEventListener("pageshow", (event) => event.persisted && this.reconnectNow());
    document.addEventListener("visibilitychange", () => !document.hidden && this.wake());
  }

  connect() {
    if (this.state === "gone") return;
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/projects/${this.page.project}/?since=${this.page.since()}`);
    this.socket = socket;
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (event) => this.message(event.data);
    socket.onclose = (event) => socket === this.socket && this.closed(event.code);
  }

  opened(socket) {
    if (socket !== this.socket) return socket.close();
    this.failures = 0;
    this.listen();
    this.show("live");
  }

  message(text) {
    this.listen();
    this.page.heard(JSON.parse(text));
  }

  /** Start waiting anew for the next sign of life. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.reconnectNow(), SILENCE);
  }

  closed(code) {
    clearTimeout(this.silence);
    if (code === NOT_FOUND) return this.end();
    this.failures += 1;
    this.wait = Math.min(LONGEST_WAIT, 2 ** (this.failures - 1));
    this.show(navigator.onLine ? (this.failures > 1 ? "polling" : "reconnecting") : "offline");
    this.timer = setTimeout(() => this.connect(), this.wait * 1000 * (0.75 + Math.random() / 2));
  }

  reconnectNow() {
    const old = this.socket;
    this.socket = undefined;
    old?.close();
    this.connect();
    this.refresh();
  }

  /** After sleep the line may be dead without knowing it. */
  wake() {
    this.refresh();
    if (this.socket?.readyState !== WebSocket.OPEN) this.reconnectNow();
  }

  poll() {
    if (this.state !== "live" && this.state !== "gone" && !document.hidden) this.refresh();
  }

  /** One look at a time; what comes meanwhile is one more look afterwards. */
  async refresh() {
    this.again = true;
    if (this.refreshing || this.state === "gone") return;
    this.refreshing = true;
    while (this.again && this.state !== "gone") {
      await new Promise((done) => setTimeout(done, BREATH));
      this.again = false;
      if (this.state !== "gone") await this.look();
    }
    this.refreshing = false;
  }

  async look() {
    try {
      await this.page.catchUp();
      if (this.state === "offline" && navigator.onLine) this.show("polling");
    } catch {
      if (this.state !== "live") this.show(navigator.onLine ? "reconnecting" : "offline");
      else setTimeout(() => this.refresh(), POLL);
    }
  }

  end() {
    this.show("gone");
    clearTimeout(this.timer);
    this.socket?.close();
  }

  show(state) {
    this.state = state;
    this.page.show(state);
  }
}
