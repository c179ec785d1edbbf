-- wrk signs in. After "--": a file of requests' bodies, one a line.
function init(args)
    bodies, sent = {}, 0
    for body in io.lines(args[1]) do
        bodies[#bodies + 1] = wrk.format("POST", "/api/v1/login", { ["Content-Type"] = "application/json" }, body)
    end
end

function request()
    sent = sent + 1
    return bodies[sent % #bodies + 1]
end
