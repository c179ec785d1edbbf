// Chance that repeats itself: everything a run decides is drawn from its seed.
export class Rng {
    constructor(seed) {
        this.s = seed >>> 0;
    }

    // 0 <= x < 1 (mulberry32)
    next() {
        this.s = (this.s + 0x6d2b79f5) >>> 0;
        let t = this.s;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }

    below(n) {
        return Math.floor(this.next() * n);
    }

    between(lo, hi) {
        return lo + this.below(hi - lo + 1);
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    // One of [[weight, value], ...].
    weighted(list) {
        let at = this.next() * list.reduce((sum, [w]) => sum + w, 0);
        for (const [w, value] of list) if ((at -= w) < 0) return value;
        return list[list.length - 1][1];
    }

    // A stream of its own, so that what one buyer draws does not depend on the others.
    fork(n) {
        return new Rng(Math.imul(this.s ^ (n + 1), 0x9e3779b1) ^ 0x85ebca6b);
    }
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Until fn() is true; its value, or undefined when the time is up.
export async function until(ms, fn, step = 20) {
    const end = Date.now() + ms;
    for (;;) {
        const v = await fn();
        if (v) return v;
        if (Date.now() >= end) return undefined;
        await sleep(step);
    }
}
