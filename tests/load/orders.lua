-- wrk places orders: each an account's, one unit of one SKU, with a key of
-- its own. After "--": a file of access tokens and a file of SKUs, one a line.
local workers = {}

function setup(thread)
    thread:set("seat", #workers + 1)
    table.insert(workers, thread)
end

local function lines(name)
    local all = {}
    for l in io.lines(name) do all[#all + 1] = l end
    return all
end

local address = '"shipping_address":{"name":"Load Test","line1":"1 Bench Street",'
    .. '"city":"Fez","postal_code":"30110","country":"MA"}'

function init(args)
    local skus = lines(args[2])
    tokens, bodies = lines(args[1]), {}
    for i, sku in ipairs(skus) do
        bodies[i] = '{"items":[{"sku":"' .. sku .. '","quantity":1}],' .. address .. '}'
    end
    -- No two runs and no two threads make the same key.
    run = string.format("%s-%d-", args[3], seat)
    sent, placed, refused, failed = 0, 0, 0, 0
end

function request()
    sent = sent + 1
    return wrk.format("POST", "/api/v1/orders", {
        ["Authorization"] = "Bearer " .. tokens[sent % #tokens + 1],
        ["Content-Type"] = "application/json",
        ["Idempotency-Key"] = run .. sent,
    }, bodies[sent % #bodies + 1])
end

function response(status)
    if status == 201 then
        placed = placed + 1
    elseif status == 409 then
        refused = refused + 1
    else
        failed = failed + 1
    end
end

function done(summary)
    local p, r, f = 0, 0, 0
    for _, t in ipairs(workers) do
        p, r, f = p + t:get("placed"), r + t:get("refused"), f + t:get("failed")
    end
    io.write(string.format("placed %d refused %d failed %d seconds %.3f\n", p, r, f,
        summary.duration / 1e6))
end
