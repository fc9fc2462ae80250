%% The guard over HTTP: verdicts within a deadline, events in order from a bounded spool, actions by long poll;
%% and what must outlive a restart (answered actions, locks, what was taken back, events not yet sent).
-module(nospim_guard).
-behaviour(gen_server).
-compile({no_auto_import, [get/1, put/2]}).

-export([start/1, start_link/1, stop/0, option/1, event/3, emit/1, check/1, in_arrears/1, down/0]).
-export([get/1, put/2, delete/1, bump/2, save/0, encode/1, decode/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).

-define(TABLE, nospim).
-define(BATCH, 100).          % events in one request
-define(FLUSH_MS, 100).       % how long an event waits for company
-define(TRIP_AFTER, 3).       % failures in a row after which the guard counts as down
-define(PROBE_MS, 1000).      % between questions whether it is up again
-define(WAIT_SECONDS, 25).    % how long the service is asked to wait for something to do
-define(SEND_MS, 15000).      % for requests that no message waits for
-define(KEPT, 20000).         % answered actions, and messages that were taken back, that are remembered

%% Settings and memory -------------------------------------------------------------------------------------------

start(Options) ->
    {ok, _} = application:ensure_all_started(inets),
    persistent_term:put(nospim_options, Options),
    case whereis(?MODULE) of
        undefined ->
            _ = inets:start(httpc, [{profile, nospim}]),
            httpc:set_options([{max_sessions, 200}], nospim),
            Child = #{id => ?MODULE, start => {?MODULE, start_link, [Options]}, shutdown => 5000},
            case supervisor:start_child(ejabberd_gen_mod_sup, Child) of
                {error, already_present} -> supervisor:restart_child(ejabberd_gen_mod_sup, ?MODULE);
                Started -> Started
            end;
        Pid -> {ok, Pid}
    end.

start_link(Options) -> gen_server:start_link({local, ?MODULE}, ?MODULE, Options, []).

stop() ->
    supervisor:terminate_child(ejabberd_gen_mod_sup, ?MODULE),
    supervisor:delete_child(ejabberd_gen_mod_sup, ?MODULE).

option(Name) -> maps:get(Name, persistent_term:get(nospim_options)).

get(Key) -> case ets:lookup(?TABLE, Key) of [{_, Value}] -> Value; [] -> undefined end.
put(Key, Value) -> ets:insert(?TABLE, {Key, Value}).
delete(Key) -> ets:delete(?TABLE, Key).
bump(Key, By) -> ets:update_counter(?TABLE, Key, By, {Key, 0}).
down() -> get(down) =:= true.
save() -> gen_server:cast(?MODULE, save).

%% jiffy belongs to ejabberd until 24.x; later releases have misc:json_encode.
encode(Term) ->
    case code:ensure_loaded(jiffy) of
        {module, _} -> iolist_to_binary(jiffy:encode(Term));
        _ -> iolist_to_binary(misc:json_encode(Term))
    end.
decode(Text) ->
    case code:ensure_loaded(jiffy) of
        {module, _} -> jiffy:decode(Text, [return_maps]);
        _ -> misc:json_decode(Text)
    end.

%% Events --------------------------------------------------------------------------------------------------------

%% The id is ours, never the sender's: whoever could choose one could make another's message look like a repeat.
event(Type, Subject, Data) ->
    Now = os:system_time(millisecond),
    Serial = bump(serial, 1),
    Id = iolist_to_binary(io_lib:format("~.16b-~s-~.16b", [Now div 1000, get(boot), Serial])),
    Time = iolist_to_binary(calendar:system_time_to_rfc3339(Now, [{unit, millisecond}, {offset, "Z"}])),
    Given = maps:filter(fun(_, V) -> V =/= undefined end, Data),
    Body = encode(#{specversion => <<"1.0">>, source => option(source), id => Id, type => Type, time => Time,
                    subject => Subject, data => Given}),
    #{id => Id, subject => Subject, data => Given, body => Body}.

emit(#{subject := Subject} = Event) ->
    bump({unsent, Subject}, 1),
    gen_server:cast(?MODULE, {emit, Event}).

%% Messages that went out unchecked: once the guard has them, what it thinks of each is asked for.
in_arrears(Id) -> gen_server:cast(?MODULE, {arrears, Id}).

%% The verdict on one message: {ok, Map} or {error, Why}.  Called by the process that the message waits in.
%% What the same account did before (a sign-in, a look at its contacts) is sent first.
check(#{subject := Subject, body := Body, id := Id}) ->
    case down() of
        true -> {error, down};
        false ->
            Timeout = option(timeout),
            Start = erlang:monotonic_time(millisecond),
            case get({unsent, Subject}) of
                N when is_integer(N), N > 0 -> catch gen_server:call(?MODULE, flush, Timeout);
                _ -> ok
            end,
            Left = max(50, Timeout - (erlang:monotonic_time(millisecond) - Start)),
            judge(request(post, "/v1/check", Body, Left), Id)
    end.

judge({200, Answer}, _) ->
    try decode(Answer) of
        #{<<"action">> := _} = Verdict ->
            bump({count, checks}, 1),
            gen_server:cast(?MODULE, answered),
            {ok, Verdict}
    catch _:_ -> fail(<<"not a verdict">>)
    end;
judge({Code, Answer}, Id) ->
    case outage(Code) of
        true -> fail({Code, Answer});
        false ->
            error_logger:error_msg("nospim: the guard refused to judge ~s (HTTP ~p): ~s~n", [Id, Code, Answer]),
            {error, Code}
    end.

fail(Why) ->
    gen_server:cast(?MODULE, {failed, Why}),
    {error, Why}.

%% Whether an answer says that the guard cannot work now, rather than that this request was wrong.
outage(Code) -> Code =:= 0 orelse Code >= 500 orelse lists:member(Code, [401, 403, 408, 429]).

request(Method, Path, Body, Timeout) ->
    Url = option(url) ++ Path,
    Headers = [{"authorization", "Bearer " ++ option(token)}, {"connection", "close"}],
    Request = case {Method, Path} of
                  {get, _} -> {Url, Headers};
                  {post, "/v1/events"} -> {Url, Headers, "application/cloudevents-batch+json", Body};
                  {post, _} -> {Url, Headers, "application/json", Body}
              end,
    Options = [{timeout, Timeout}, {connect_timeout, Timeout}],
    case catch httpc:request(Method, Request, Options, [{body_format, binary}], nospim) of
        {ok, {{_, Code, _}, _, Answer}} -> {Code, Answer};
        Other -> {0, iolist_to_binary(io_lib:format("~0p", [Other]))}
    end.

%% The server ----------------------------------------------------------------------------------------------------

init(#{state_file := File}) ->
    process_flag(trap_exit, true),
    ets:new(?TABLE, [named_table, public, set, {read_concurrency, true}, {write_concurrency, true}]),
    ?MODULE:put(boot, binary:encode_hex(crypto:strong_rand_bytes(6))),
    Saved = case file:read_file(File) of
                {ok, Bytes} -> binary_to_term(Bytes);
                _ -> []
            end,
    [ets:insert(?TABLE, Entry) || {Key, _} = Entry <- Saved, Key =/= spool],
    Self = self(),
    spawn_link(fun() -> follow(Self, <<"0">>) end),
    State = #{spool => queue:new(), size => 0, sending => false, row => 0, waiters => [], timer => undefined,
              arrears => [], file => File},
    [emit(Event) || Event <- proplists:get_value(spool, Saved, [])],
    {ok, State}.

handle_call(flush, From, #{size := 0, sending := false} = State) ->
    gen_server:reply(From, ok),
    {noreply, State};
handle_call(flush, From, #{waiters := Waiters} = State) ->
    {noreply, flush(State#{waiters := [From | Waiters]})}.

handle_cast({emit, Event}, #{spool := Spool, size := Size} = State0) ->
    {Spool1, Size1} = case Size >= option(spool) of
                          true ->
                              {{value, Lost}, Rest} = queue:out(Spool),
                              forget(Lost),
                              bump({count, events_lost}, 1) rem 1000 =:= 1
                                  andalso error_logger:error_msg("nospim: the spool of events is full~n", []),
                              {Rest, Size - 1};
                          false -> {Spool, Size}
                      end,
    State = State0#{spool := queue:in(Event, Spool1), size := Size1 + 1},
    case Size1 + 1 >= ?BATCH of
        true -> {noreply, flush(State)};
        false -> {noreply, later(State)}
    end;
handle_cast({arrears, Id}, #{arrears := Ids} = State) -> {noreply, State#{arrears := Ids ++ [Id]}};
handle_cast({failed, Why}, State) -> {noreply, failed(Why, State)};
handle_cast(answered, State) -> {noreply, answered(State)};
handle_cast(save, State) -> write(State), {noreply, State}.

handle_info(flush, State) -> {noreply, flush(State#{timer := undefined})};
handle_info(probe, State) ->
    case request(get, "/readyz", none, option(timeout)) of
        {Code, _} when Code >= 200, Code < 300 -> {noreply, flush(answered(State))};
        _ -> erlang:send_after(?PROBE_MS, self(), probe), {noreply, State}
    end;
handle_info({sent, Count, {Code, Answer}}, State0) ->
    State = State0#{sending := false},
    case outage(Code) of
        true ->
            wake(State),
            {noreply, later(failed({Code, Answer}, State#{waiters := []}))};
        false ->
            #{spool := Spool, size := Size} = State,
            {Gone, Rest} = queue:split(min(Count, Size), Spool),
            [forget(Event) || Event <- queue:to_list(Gone)],
            bump({count, events}, Count),
            refused(Code, Answer, Count),
            State1 = answered(State#{spool := Rest, size := Size - min(Count, Size)}),
            case maps:get(size, State1) of
                0 -> wake(State1), {noreply, ask_arrears(State1#{waiters := []})};
                _ -> {noreply, flush(State1)}
            end
    end;
handle_info({arrears_done, Left}, #{arrears := Ids} = State) -> {noreply, State#{arrears := Left ++ Ids}};
handle_info({'EXIT', _, normal}, State) -> {noreply, State};
handle_info({'EXIT', _, Why}, State) -> {stop, Why, State};
handle_info(_, State) -> {noreply, State}.

terminate(_, State) -> write(State).
code_change(_, State, _) -> {ok, State}.

later(#{timer := undefined} = State) -> State#{timer := erlang:send_after(?FLUSH_MS, self(), flush)};
later(State) -> State.

flush(#{sending := true} = State) -> State;
flush(#{size := 0} = State) -> State;
flush(#{spool := Spool, size := Size, waiters := Waiters} = State) ->
    case down() of
        true ->
            [gen_server:reply(W, down) || W <- Waiters],
            State#{waiters := []};
        false ->
            {Batch, _} = queue:split(min(Size, ?BATCH), Spool),
            Bodies = [Body || #{body := Body} <- queue:to_list(Batch)],
            Self = self(),
            spawn_link(fun() ->
                               Text = iolist_to_binary([$[, lists:join($,, Bodies), $]]),
                               Self ! {sent, length(Bodies), request(post, "/v1/events", Text, ?SEND_MS)}
                       end),
            State#{sending := true}
    end.

wake(#{waiters := Waiters}) -> [gen_server:reply(W, ok) || W <- Waiters].

forget(#{subject := Subject}) ->
    case bump({unsent, Subject}, -1) of
        N when N =< 0 -> delete({unsent, Subject});
        _ -> ok
    end.

%% What the service refused would be refused again, so it is counted and dropped.
refused(Code, Answer, Count) ->
    Lost = case catch decode(Answer) of
               _ when Code >= 400 -> Count;
               #{<<"refused">> := List} -> length(List);
               _ -> 0
           end,
    Lost > 0 andalso begin
        bump({count, events_refused}, Lost),
        error_logger:error_msg("nospim: the guard refused ~p events (HTTP ~p): ~s~n", [Lost, Code, Answer])
    end.

failed(Why, #{row := Row} = State) ->
    bump({count, failures}, 1),
    case Row + 1 >= ?TRIP_AFTER andalso not down() of
        true ->
            ?MODULE:put(down, true),
            error_logger:warning_msg("nospim: the guard does not answer (~0p); the fail policy decides~n", [Why]),
            erlang:send_after(?PROBE_MS, self(), probe);
        false -> ok
    end,
    State#{row := Row + 1}.

answered(State) ->
    case down() of
        true ->
            delete(down),
            error_logger:info_msg("nospim: the guard answers again~n", []),
            [Pid ! guard_is_back || [Pid] <- ets:match(?TABLE, {{stalled, '$1'}, '_'})];
        false -> ok
    end,
    State#{row := 0}.

ask_arrears(#{arrears := []} = State) -> State;
ask_arrears(#{arrears := Ids} = State) ->
    Self = self(),
    spawn_link(fun() -> Self ! {arrears_done, lists:filter(fun(Id) -> not asked(Id) end, Ids)} end),
    State#{arrears := []}.

asked(Id) ->
    Query = uri_string:compose_query([{"source", binary_to_list(option(source))}, {"id", binary_to_list(Id)}]),
    case request(get, "/v1/verdicts?" ++ Query, none, ?SEND_MS) of
        {200, Answer} ->
            case catch decode(Answer) of
                #{<<"action">> := <<"block">>} -> nospim_act:take_back(Id, undefined), true;
                _ -> true
            end;
        {Code, _} -> not outage(Code)
    end.

%% Actions are handed out until they are answered, so the cursor need not outlive a restart.
follow(Server, Cursor) ->
    Query = uri_string:compose_query([{"after", binary_to_list(Cursor)}, {"wait", integer_to_list(?WAIT_SECONDS)},
                                      {"source", binary_to_list(option(source))}]),
    case request(get, "/v1/actions?" ++ Query, none, (?WAIT_SECONDS + 10) * 1000) of
        {200, Answer} ->
            case catch decode(Answer) of
                #{<<"actions">> := Actions, <<"cursor">> := Next} ->
                    [report(Action, nospim_act:carry_out(Action)) || Action <- Actions],
                    Actions =/= [] andalso save(),
                    follow(Server, Next);
                _ -> timer:sleep(1000), follow(Server, Cursor)
            end;
        _ -> timer:sleep(1000), follow(Server, Cursor)
    end.

report(_, others) -> ok;
report(#{<<"action">> := Id} = Action, {Outcome, Detail}) ->
    Result = encode(#{outcome => Outcome, detail => Detail, actor => <<"mod_nospim">>}),
    case request(post, "/v1/actions/" ++ uri_string:quote(binary_to_list(Id)) ++ "/result", Result, ?SEND_MS) of
        {Code, _} when Code < 500, Code =/= 0, Code =/= 429 -> ok;
        _ -> timer:sleep(1000), report(Action, {Outcome, Detail})
    end.

write(#{file := File, spool := Spool}) ->
    Kept = lists:append([newest(ets:match_object(?TABLE, {{Kind, '_'}, '_'}))
                         || Kind <- [done, lock, recalled]]),
    ok = file:write_file(File ++ ".new", term_to_binary([{spool, queue:to_list(Spool)} | Kept])),
    ok = file:rename(File ++ ".new", File).

newest(Entries) when length(Entries) =< ?KEPT -> Entries;
newest(Entries) ->
    Sorted = lists:reverse(lists:keysort(2, Entries)),
    {Kept, Old} = lists:split(?KEPT, Sorted),
    [delete(Key) || {Key, _} <- Old],
    Kept.
