-- For wrk: POST the bodies in a file; JSON a line each, anything else as one body. Arguments: file, media type, and
-- the requests a second of each connection, where it is to be held to a rate.
local requests, number, pause = {}, 0, nil

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local headers = { ["Content-Type"] = arguments[2] }
  if arguments[2] == "application/json" then
    for line in file:lines() do
      requests[#requests + 1] = wrk.format("POST", nil, headers, line)
    end
  else
    requests[1] = wrk.format("POST", nil, headers, file:read("*a"))
  end
  file:close()
  if arguments[3] and arguments[3] ~= "" then
    pause = 1000 / tonumber(arguments[3])
    -- wrk calls delay() only where it stands from the start, and waits whole milliseconds.
    delay = function()
      local whole = math.floor(pause)
      return whole + (math.random() < pause - whole and 1 or 0)
    end
  end
end

function request()
  number = number % #requests + 1
  return requests[number]
end
