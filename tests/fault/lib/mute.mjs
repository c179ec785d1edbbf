// Stands between the shop and its RabbitMQ: node mute.mjs PORT, as a child with a channel. Told
// "mute" it keeps back what the broker confirms (basic.ack, AMQP 0-9-1), and nothing else: the
// broker takes every message and hands it on to who listens, and its publisher never hears so.
// Told "speak" it cuts all connections and is a mere pipe again.
import { connect, createServer } from 'node:net';

const HEAD = 7; // type, channel, size; behind the content one byte more
const METHOD = 1;
const ACK = (60 << 16) | 80; // class basic, method ack
let mute = false;
const pairs = new Set();

const kept = (frame) => mute && frame[0] === METHOD && frame.readUInt32BE(HEAD) === ACK;

function answers(near, far) {
    let held = Buffer.alloc(0);
    far.on('data', (bytes) => {
        held = Buffer.concat([held, bytes]);
        while (held.length >= HEAD && held.length >= HEAD + held.readUInt32BE(3) + 1) {
            const frame = held.subarray(0, HEAD + held.readUInt32BE(3) + 1);
            held = held.subarray(frame.length);
            if (!kept(frame)) near.write(frame);
        }
    });
}

const server = createServer((near) => {
    const far = connect(Number(process.argv[2]), '127.0.0.1');
    const cut = () => {
        near.destroy();
        far.destroy();
        pairs.delete(cut);
    };
    pairs.add(cut);
    near.pipe(far);
    answers(near, far);
    for (const end of [near, far]) end.on('error', cut).on('close', cut);
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('message', (what) => {
    mute = what === 'mute';
    if (!mute) for (const cut of pairs) cut();
});
process.on('disconnect', () => process.exit());
