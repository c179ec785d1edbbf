// A Kafka for the shop (tests/it/kafka_mock.c), which can go and come back, and says what it has.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Kafka {
    constructor(program) {
        this.child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
        this.child.stdin.on('error', () => {}); // its end says more
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    }

    async line() {
        const { value, done } = await this.lines.next();
        if (done) throw new Error('the Kafka of the test has ended');
        return value;
    }

    // Where it is; to be asked first, once.
    at = () => this.line();
    down = () => this.child.stdin.write('down\n');
    up = () => this.child.stdin.write('up\n');

    // Every message it took, repeats too.
    async messages() {
        const all = [];
        this.child.stdin.write('read\n');
        for (let l = await this.line(); l !== '.'; l = await this.line()) all.push(JSON.parse(l));
        return all;
    }

    async stop() {
        const ended = once(this.child, 'exit');
        this.child.stdin.end();
        await ended;
    }
}
