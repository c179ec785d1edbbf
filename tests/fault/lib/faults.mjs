// What is done to a shop under load. Each fault is begun and ended by its own function, which
// returns when the fault is over (a killed process: at once, with a function that says whether
// all processes are there again); whatever it changed it puts back, but it never starts
// anything again: that is the shop's to do.
import { execFileSync, spawn } from 'node:child_process';

import { sleep, until } from './rng.mjs';

// `ms`: how long a fault lasts, 3 s in the short mode and 10 s in the long.
function kill(pid, signal) {
    if (!(pid > 1)) throw new Error('there is no such process to signal');
    process.kill(pid, signal);
}

async function frozen(pids, ms) {
    for (const pid of pids) kill(pid, 'SIGSTOP');
    try {
        await sleep(ms);
    } finally {
        for (const pid of pids) kill(pid, 'SIGCONT');
    }
}

const one = (rng, pids) => [rng.pick(pids)];
const killing = (pids) => async ({ shop, rng }) => {
    const dead = pids(shop, rng);
    shop.killed += dead.filter((pid) => shop.watched().includes(pid)).length;
    dead.forEach((pid) => kill(pid, 'SIGKILL'));
    return () => shop.whole(dead);
};
const freezing = (pids) => ({ shop, rng, ms }) => frozen(pids(shop, rng), ms);

// Connections that do nothing fill the server up; those the shop has are cut.
async function connections({ shop, ms }) {
    const root = shop.session();
    const hogs = Array.from({ length: 12 }, () => shop.session());
    try {
        await Promise.all(hogs.map((h) => h.run('SELECT 1')));
        const [[before]] = await root.run('SELECT @@GLOBAL.max_connections');
        await root.run('SET GLOBAL max_connections = 10');
        const cut = await root.run("SELECT id FROM information_schema.processlist WHERE user = 'souk'");
        for (const [id] of cut) await root.run(`KILL ${id}`).catch(() => {});
        await sleep(ms);
        await root.run(`SET GLOBAL max_connections = ${before}`);
    } finally {
        hogs.forEach((h) => h.close());
        root.close();
    }
}

async function readOnly({ shop, ms }) {
    const root = shop.session();
    try {
        await root.run('SET GLOBAL read_only = 1');
        await sleep(ms);
        await root.run('SET GLOBAL read_only = 0');
    } finally {
        root.close();
    }
}

// Somebody's transaction sits on the row that most orders want.
async function lockedRow({ shop, load, ms }) {
    const root = shop.session();
    try {
        // That row and no other: who holds nothing else is in nobody's deadlock.
        const [[id]] = await root.run(`SELECT id FROM sku WHERE sku = '${load.goods[0].sku}'`);
        const got = await root.run(`BEGIN; SELECT available FROM stock WHERE sku_id = ${id} FOR UPDATE`);
        if (got.length !== 1) throw new Error('the row could not be locked');
        await sleep(ms);
        await root.run('ROLLBACK');
    } finally {
        root.close();
    }
}

// Each fdatasync of the database takes a fifth of a second more.
async function slowDisk({ shop, ms }) {
    const calls = 'fdatasync,fsync';
    const tracer = spawn('strace', [
        '-f', '-qq', '-p', String(shop.pid('mariadb')), '-o', '/dev/null', '-e', `trace=${calls}`,
        '-e', `inject=${calls}:delay_enter=200000`,
    ], { stdio: 'ignore' });
    const over = new Promise((done) => tracer.on('exit', done));
    await sleep(ms);
    tracer.kill('SIGTERM'); // lets go of the server, which runs on
    await over;
}

// May one process look into another here? A container may forbid it.
export function canTrace() {
    const sleeper = spawn('sleep', ['5'], { stdio: 'ignore' });
    try {
        execFileSync('timeout', ['-s', 'TERM', '0.3', 'strace', '-qq', '-p', String(sleeper.pid), '-o', '/dev/null'],
            { stdio: 'ignore' });
    } catch (e) {
        return e.status === 124; // it traced until its time was up
    } finally {
        sleeper.kill('SIGKILL');
    }
    return true;
}

// Buyers who send half an order, or all of it, and are gone.
async function vanish({ shop, load, rng, ms }) {
    const end = Date.now() + Math.min(ms, 4000);
    const { accounts } = load;
    for (let i = 0; Date.now() < end; i++) {
        await Promise.all(Array.from({ length: 6 }, async (_, k) => {
            const o = load.note(accounts[k % accounts.length], rng, `${load.name}-gone-${i}-${k}`);
            o.half = rng.next() < 0.4;
            const share = o.half ? rng.pick([0.2, 0.5, 0.9]) : 1;
            await shop.client.vanish('POST', '/orders', share, { ...o, json: o.body, reset: rng.next() < 0.5 });
        }));
        await sleep(20);
    }
}

// The worker of orders freezes while its transaction holds what everybody wants: the database must
// take the rows back from it, and nginx give the orders to others, or nobody gets them.
const LET_GO_MS = 25000;
async function stopHolding({ shop, load, ms }) {
    const before = shop.frozen();
    shop.arm('order.place.before_commit', 1, 0, 'stop');
    const pid = await until(5000, () => shop.frozen() !== before && shop.frozen());
    shop.disarm();
    try {
        await sleep(1000); // what was answered before has arrived
        const then = load.placed;
        await sleep(Math.min(ms, 3000) - 1000);
        if (ms > 3000 && !(await until(LET_GO_MS, () => load.placed > then + 10))) {
            throw new Error('the frozen worker held the rows on and on');
        }
    } finally {
        kill(pid, 'SIGCONT');
    }
}

// Processes die at random places of an order's way, one in some hundreds of steps.
async function randomCrashes({ shop, rng, ms }) {
    const before = shop.crashed().length;
    shop.arm('*', 6000, rng.below(1 << 30));
    await sleep(ms);
    // At least once, however slow the machine.
    await until(5000, () => shop.crashed().length > before);
    shop.disarm();
    if (shop.crashed().length === before) throw new Error('nothing died at any crash point');
}

// The broker is nobody's part of the shop: who breaks it mends it.
const rabbit = (what) => execFileSync(process.env.SOUK_RABBIT, [what, process.env.SOUK_RABBIT_DIR], { stdio: 'ignore' });
const rabbitGone = (begin, end) => async ({ ms }) => {
    rabbit(begin);
    try {
        await sleep(ms);
    } finally {
        rabbit(end);
    }
};

async function muteRabbit({ shop, ms }) {
    shop.mute.send('mute');
    try {
        await sleep(ms);
        const [[waiting]] = shop.rows('SELECT COUNT(*) FROM outbox');
        if (waiting === '0') throw new Error('events left the outbox that nobody confirmed');
    } finally {
        shop.mute.send('speak');
    }
}

async function kafkaGone({ shop, ms }) {
    shop.kafka.down();
    try {
        await sleep(ms);
    } finally {
        shop.kafka.up();
    }
}

// `at`: what happens at an instant, and in the long mode several times in a run.
// `quick`: one of those that scripts/test does. `unseen`: buyers should not notice, so that
// orders must go on being placed while it lasts. `broker`: of the RabbitMQ that tests/it/rabbit
// started (SOUK_AMQP, SOUK_RABBIT, SOUK_RABBIT_DIR), and of the Kafka that the shop's harness starts
// (SOUK_KAFKA_MOCK, the program), passed over without them.
export const FAULTS = [
    { name: 'kill-worker', run: killing((s, rng) => one(rng, s.workers())) },
    { name: 'kill-workers', run: killing((s) => s.workers()), quick: true },
    { name: 'kill-pool', run: killing((s) => [s.pid('workers'), s.pid('orders')]) },
    { name: 'kill-jobs', run: killing((s) => s.jobs()) },
    { name: 'kill-mariadb', run: killing((s) => [s.pid('mariadb')]), quick: true },
    { name: 'kill-provider', run: killing((s) => s.provider()) },
    { name: 'stop-provider', run: freezing((s) => s.provider()), unseen: true, quick: true },
    { name: 'kill-redis', run: killing((s) => [s.pid('redis')]), quick: true },
    { name: 'kill-nginx', run: killing((s) => [s.pid('nginx')]) },
    { name: 'kill-all', run: killing((s) => [...s.workers(), ...s.jobs(), s.pid('mariadb'), s.pid('redis')]) },
    { name: 'stop-worker', run: freezing((s, rng) => one(rng, s.workers())) },
    { name: 'stop-workers', run: freezing((s) => s.workers()) },
    { name: 'stop-holding', run: stopHolding },
    { name: 'stop-jobs', run: freezing((s) => s.jobs()), unseen: true },
    { name: 'stop-mariadb', run: freezing((s) => [s.pid('mariadb')]), quick: true },
    { name: 'stop-redis', run: freezing((s) => [s.pid('redis')]), unseen: true },
    { name: 'connections', run: connections, quick: true },
    { name: 'read-only', run: readOnly },
    { name: 'locked-row', run: lockedRow, unseen: true, quick: true },
    { name: 'slow-disk', run: slowDisk, traces: true },
    { name: 'vanish', run: vanish, unseen: true, quick: true },
    { name: 'random-crashes', run: randomCrashes },
    { name: 'kill-rabbit', run: rabbitGone('kill', 'start'), unseen: true, broker: true },
    { name: 'stop-rabbit', run: rabbitGone('freeze', 'thaw'), unseen: true, broker: true },
    { name: 'mute-rabbit', run: muteRabbit, unseen: true, broker: true, quick: true },
    { name: 'kafka-gone', run: kafkaGone, unseen: true, broker: true, quick: true },
].map((f) => ({ ...f, at: f.name.startsWith('kill-') && !f.broker }))
    .filter((f) => !f.broker || process.env[f.name.startsWith('kafka') ? 'SOUK_KAFKA_MOCK' : 'SOUK_AMQP']);
