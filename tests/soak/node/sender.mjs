// Laboratory systems whose messages are made, framed and sent by the library node-hl7-client.
//
//   node sender.mjs PORT CONNECTIONS MESSAGES
//
// Each connection sends its messages in their order, the next one when the last is answered, and
// before some of them something that must not be believed. Prints `done NUMBER` on the way and at
// the end one line of JSON. The library is found beside the working directory.

import { createRequire } from "node:module";
import { join } from "node:path";

const library = createRequire(join(process.cwd(), "sender.mjs"))("node-hl7-client");
const { Client, Message } = library;

const CODES = { 120: "|deficient|", 250: "|indeterminate|", 600: "|no-advice||" };
const FAULTS = [
  ...Array(6).fill("none"), "junk", "restarted", "no return", "cut", "half in a frame",
  "character set", "repeat", "pieces", "hang up",
];
const TRIES = 400, ANSWER_MS = 60_000, CONNECT_MS = 5_000, PAUSE_MS = 100;
const START = "\x0b", END = "\x1c";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The same choices in every run.
function randomOf(seed) {
  let state = (seed + 1) * 2654435761;
  return (choices) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return choices[Math.floor((state / 2 ** 32) * choices.length)];
  };
}

// An ORU^R01 with one vitamin B12. The library does not end the last segment.
function oru(controlId, value) {
  const made = new Message({
    messageHeader: { msh_9_1: "ORU", msh_9_2: "R01", msh_10: controlId, msh_11_1: "P" },
  });
  const header = { 3: "LIS", 4: "LAB", 5: "COBALAMIN", 6: "HOSPITAL", 7: "20261118", 12: "2.5.1" };
  for (const [field, text] of Object.entries(header)) made.set(`MSH.${field}`, text);
  const segments = [
    ["PID", { "3.1": "P1", "3.4": "LAB", "3.5": "MR", "5.1": "Example", "5.2": "Ada", 7: "19690412", 8: "F" }],
    ["OBR", { "4.1": "B12", "4.2": "Vitamin B12", "4.3": "L", 7: "20261116084000+0000" }],
    ["OBX", { 2: "NM", "3.1": "2132-9", "3.2": "name", "3.3": "LN", 5: value, 6: "pg/mL", 11: "F" }],
  ];
  for (const [name, fields] of segments) {
    const segment = made.addSegment(name);
    for (const [field, text] of Object.entries(fields)) segment.set(field, text);
  }
  return made.toString();
}

class Sender {
  constructor(name, count, port, progress) {
    Object.assign(this, { name, count, port, progress });
    this.choose = randomOf(name);
    this.faults = {};
    this.refused = [];
    this.wrong = [];
  }

  async run() {
    for (let number = 0; number < this.count; number += 1) {
      const id = `c${this.name}-${number}`;
      const value = this.choose(Object.keys(CODES)), fault = this.choose(FAULTS);
      this.faults[fault] = (this.faults[fault] ?? 0) + 1;
      const content = oru(id, value);
      await this.spoil(fault, id, content);
      const answer = await this.ask(content, { pieces: fault === "pieces" });
      this.expect(answer, "AA", id);
      if (!answer.includes(CODES[value])) this.wrong.push(`${id}: another result`);
      if (fault === "repeat" && (await this.ask(content)) !== answer) {
        this.wrong.push(`${id}: another answer the second time`);
      }
      this.progress();
    }
    await this.close();
  }

  expect(answer, verdict, id) {
    const said = answer.split("\r").find((line) => line.startsWith("MSA"))?.split("|") ?? [];
    if (said[1] !== verdict || said[2] !== id) this.wrong.push(`${id}: ${answer.slice(0, 200)}`);
  }

  // Something that must not be believed, on the socket of the library.
  async spoil(fault, id, content) {
    const cut = content.slice(0, content.indexOf("||", content.indexOf("OBX")) + 3);
    if (fault === "junk") await this.write("\x00\xffGET / HTTP/1.1\r\n\r\n");
    if (fault === "restarted") await this.write(START + cut);
    if (fault === "no return") await this.write(`${START}${content.replace(/F$/, "X")}${END}\n`);
    if (fault === "cut") await this.write(START + cut);
    if (fault === "hang up") await this.write(`${START}${content}${END}\r`);
    if (fault === "cut" || fault === "hang up") await this.close();
    if (fault === "half in a frame") await this.refuse(id, "half", cut);
    if (fault === "character set") {
      await this.refuse(id, "set", content.replace("Ada", "Ad\xe4"), "latin1");
    }
  }

  async refuse(id, kind, content, encoding = "utf-8") {
    const own = `${id}-${kind}`;
    await this.close();
    this.expect(await this.ask(content.replace(`|${id}|`, `|${own}|`), { encoding }), "AE", own);
    await this.close();
    this.refused.push(own);
  }

  // The answer to a message that is sent until it has one.
  async ask(content, { pieces = false, encoding = "utf-8" } = {}) {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      try {
        const connection = await this.open(encoding);
        const answer = this.answer();
        answer.catch(() => {});
        if (pieces) inPieces(connection._socket);
        await connection.sendMessage({ toString: () => content });
        return await answer;
      } catch {
        await this.close();
        await pause(PAUSE_MS);
      }
    }
    this.wrong.push("no answer");
    return "";
  }

  answer() {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("late")), ANSWER_MS);
      this.settle = (said) => {
        clearTimeout(late);
        this.settle = undefined;
        if (said === undefined) reject(new Error("closed"));
        else resolve(said);
      };
    });
  }

  async open(encoding = "utf-8") {
    if (this.connection !== undefined) return this.connection;
    const client = new Client({ host: "127.0.0.1" });
    const connection = client.createConnection({ port: this.port, encoding }, () => {});
    connection.on("data.raw", (said) => this.settle?.(said));
    const socket = connection._socket;
    await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error("late")), CONNECT_MS).unref();
      connection.on("connect", resolve);
      socket.on("close", () => reject(new Error("closed")));
    });
    socket.on("close", () => {
      if (this.connection === connection) {
        this.connection = undefined;
        this.settle?.(undefined);
      }
    });
    this.connection = connection;
    return connection;
  }

  async write(text) {
    try {
      const { _socket: socket } = await this.open();
      await new Promise((resolve) => socket.write(Buffer.from(text, "latin1"), resolve));
    } catch {
      // The message behind it is sent all the same.
    }
  }

  async close() {
    const { connection } = this;
    this.connection = undefined;
    await connection?.close();
  }
}

// The next frame goes in pieces of 37 bytes.
function inPieces(socket) {
  const whole = socket.write;
  socket.write = (data) => {
    socket.write = whole;
    for (let at = 0; at < data.length; at += 37) socket.write(data.subarray(at, at + 37));
    return true;
  };
}

const [port, connections, messages] = process.argv.slice(2).map(Number);
let done = 0;
const progress = () => {
  done += 1;
  if (done % 10 === 0) console.log(`done ${done}`);
};
const senders = Array.from(
  { length: connections }, (_, name) => new Sender(name, messages / connections, port, progress),
);
await Promise.all(senders.map((sender) => sender.run()));
const faults = {};
for (const sender of senders) {
  for (const [fault, count] of Object.entries(sender.faults)) faults[fault] = (faults[fault] ?? 0) + count;
}
console.log(JSON.stringify({
  faults,
  refused: senders.flatMap((sender) => sender.refused),
  wrong: senders.flatMap((sender) => sender.wrong),
}));
process.exit(0);
