-- wrk places orders and pays each of them at once: one account's, one unit of one SKU, approved.
-- After "--": a file of access tokens, a file of SKUs, what makes this run's keys its own, and
-- paid orders a second for all threads together (0: as many as go).
local ffi = require("ffi")
ffi.cdef [[ struct tv { long s, us; }; int gettimeofday(struct tv *t, void *zone); ]]
local tv = ffi.new("struct tv")
local workers = {}

local function now_ms()
    ffi.C.gettimeofday(tv, nil)
    return tonumber(tv.s) * 1000 + tonumber(tv.us) / 1000
end

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
    local tokens, skus = lines(args[1]), lines(args[2])
    token, bodies = "Bearer " .. tokens[(seat - 1) % #tokens + 1], {}
    for i, sku in ipairs(skus) do
        bodies[i] = '{"items":[{"sku":"' .. sku .. '","quantity":1}],' .. address .. '}'
    end
    run = string.format("%s-%d-", args[3], seat)
    local rate = tonumber(args[4]) / tonumber(args[5])
    step_ms = rate > 0 and 1000 / rate / 2 or 0 -- two requests a paid order
    due_ms = 0
    sent, placed, paid, failed = 0, 0, 0, 0
    unpaid, head, tail = {}, 1, 0
end

function delay()
    if step_ms == 0 then return 0 end
    local now = now_ms()
    if due_ms == 0 then due_ms = now end
    due_ms = due_ms + step_ms
    return due_ms > now and math.floor(due_ms - now) or 0
end

function request()
    if head <= tail then
        local id = unpaid[head]
        unpaid[head] = nil
        head = head + 1
        return wrk.format("POST", "/api/v1/orders/" .. id .. "/pay", {
            ["Authorization"] = token,
            ["Content-Type"] = "application/json",
        }, '{"method":"simulated"}')
    end
    sent = sent + 1
    return wrk.format("POST", "/api/v1/orders", {
        ["Authorization"] = token,
        ["Content-Type"] = "application/json",
        ["Idempotency-Key"] = run .. sent,
    }, bodies[sent % #bodies + 1])
end

function response(status, headers, body)
    if status == 201 then
        placed = placed + 1
        tail = tail + 1
        unpaid[tail] = string.match(body, '"id":"(%d+)"')
    elseif status == 200 then
        paid = paid + 1
    else
        failed = failed + 1
    end
end

function done(summary)
    local p, d, f = 0, 0, 0
    for _, t in ipairs(workers) do
        p, d, f = p + t:get("placed"), d + t:get("paid"), f + t:get("failed")
    end
    io.write(string.format("placed %d paid %d failed %d seconds %.3f\n", p, d, f,
        summary.duration / 1e6))
end
