-- What must outlive a restart: answered actions, locks, and events that could not be sent.  One JSON file.

local json = require "util.json";

local MAX_DONE = 2000; -- answered actions that are remembered, so that one that comes again is answered, not done again

return function (path)
	local state = { done = {}, order = {}, locks = {}, spool = {} };

	local file = io.open(path);
	if file then
		local saved = json.decode(file:read("*a"));
		file:close();
		if type(saved) == "table" then
			for name in pairs { done = 1, order = 1, locks = 1, spool = 1 } do
				state[name] = saved[name] or state[name];
			end
		else
			module:log("error", "%s cannot be read and is begun anew; locks that it held are gone", path);
		end
	end

	local kept = {};
	kept.values = state;

	function kept.save()
		local text = json.encode(state);
		local new, err = io.open(path..".new", "w");
		local ok = new and new:write(text) and new:close();
		if ok then ok, err = os.rename(path..".new", path); end
		if not ok then module:log("error", "%s cannot be written: %s", path, tostring(err)); end
	end

	function kept.remember(id, result)
		if not state.done[id] then state.order[#state.order + 1] = id; end
		state.done[id] = result;
		while #state.order > MAX_DONE do state.done[table.remove(state.order, 1)] = nil; end
	end

	return kept;
end
