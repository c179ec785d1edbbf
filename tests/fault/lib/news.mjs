// What buyers and others are told: a receiver of webhooks, and the judge of mails and
// webhooks. Every order has its mail, once; every paid order reached the receiver, at least
// once, and as often as a process died on the way at most more.
import { createServer } from 'node:http';

import { until } from './rng.mjs';

// From quiet until all is sent: what a killed sender had is another's when its claim ends.
const SENT_MS = 40000;

export class Receiver {
    seen = new Map(); // event id -> how often

    async start() {
        this.server = createServer((req, res) => {
            const id = req.headers['souk-event-id'];
            this.seen.set(id, (this.seen.get(id) ?? 0) + 1);
            req.on('end', () => res.writeHead(204).end()).resume();
        });
        this.server.unref();
        await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
        return `http://127.0.0.1:${this.server.address().port}/`;
    }

    stop() {
        this.server.closeAllConnections?.();
        this.server.close();
    }
}

const WAITING = `SELECT (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM mail WHERE next_at IS NOT NULL),
    (SELECT COUNT(*) FROM webhook_delivery WHERE next_at IS NOT NULL)`;

// Kafka has every event that became a mail, but those of accounts, which are the shop's own; more
// than once is its readers' business.
async function judgeKafka(shop, bad) {
    const has = new Set((await shop.kafka.messages()).map((m) => m.id));
    const all = shop.rows("SELECT event_id FROM mail WHERE kind NOT LIKE 'account.%'").map(([id]) => id);
    const lost = all.filter((id) => !has.has(id)).length;
    if (!all.length || lost) bad.push(`${lost} of ${all.length} events are not in Kafka`);
}

export async function judgeNews(shop, load, bad) {
    const mine = `o.email LIKE '%@${load.name}.example.com'`;
    if (!(await until(SENT_MS, () => shop.rows(WAITING)[0].every((n) => n === '0'), 200)))
        bad.push(`not told after ${SENT_MS} ms (outbox, mails, webhooks): ${shop.rows(WAITING)[0].join(', ')}`);
    const [[silent, dead, twice]] = shop.rows(
        `SELECT (SELECT COUNT(*) FROM orders o WHERE ${mine} AND NOT EXISTS (SELECT 1 FROM mail m
             WHERE m.subject_id = o.id AND m.kind = 'order.placed' AND m.status = 'sent')),
         (SELECT COUNT(*) FROM mail WHERE status = 'dead') + (SELECT COUNT(*) FROM webhook_delivery
             WHERE status = 'dead') + (SELECT COUNT(*) FROM event_dead),
         (SELECT COUNT(*) FROM (SELECT subject_id FROM mail WHERE kind IN ('order.placed', 'order.paid')
             GROUP BY subject_id, kind HAVING COUNT(*) > 1) x)`,
    );
    if (silent !== '0') bad.push(`${silent} orders without the mail that they were placed`);
    if (dead !== '0') bad.push(`${dead} dead letters`);
    if (twice !== '0') bad.push(`${twice} orders were told of twice`);
    if (shop.kafka) await judgeKafka(shop, bad);
    const paid = shop.rows(
        `SELECT d.event_id FROM orders o JOIN payment p ON p.paid_order_id = o.id
         LEFT JOIN webhook_delivery d ON d.subject_id = o.id AND d.type = 'order.paid' AND d.status = 'sent'
         WHERE ${mine}`,
    );
    const lost = paid.filter(([id]) => !shop.receiver.seen.has(id)).length;
    if (lost) bad.push(`${lost} of ${paid.length} paid orders never reached the receiver`);
}
