// buyers.mjs URL: four guests who order and pay, one order after the other, until SIGTERM. A
// line for each order that was answered with 201.
const [url] = process.argv.slice(2);
const api = `${url}/api/v1`;
const address = {name: 'B', line1: '1 Main St', city: 'Lyon', postal_code: '69001', country: 'FR'};
let going = true;
process.on('SIGTERM', () => { going = false; });

async function post(path, body, headers = {}) {
    const r = await fetch(api + path, {
        method: 'POST', body: JSON.stringify(body),
        headers: {'Content-Type': 'application/json', ...headers},
    });
    return {status: r.status, token: r.headers.get('X-Cart-Token'), body: await r.json()};
}

const {items} = await (await fetch(`${api}/products?per_page=100&in_stock=true`)).json();
let n = 0;
async function buyer(no) {
    for (let i = 0; going; i++) {
        const item = items[(no * 31 + i) % items.length];
        const order = await post('/orders', {
            email: `buyer${no}@example.com`, items: [{sku: item.sku, quantity: 1}],
            shipping_address: address,
        }, {'Idempotency-Key': `${process.pid}-${no}-${i}`});
        if (order.status !== 201)
            continue;
        console.log(`${++n} ${order.body.id}`);
        await post(`/orders/${order.body.id}/pay`, {method: 'simulated', outcome: 'approve'},
            {'X-Cart-Token': order.token, 'Idempotency-Key': `pay-${process.pid}-${no}-${i}`});
    }
}
await Promise.all([0, 1, 2, 3].map(buyer));
