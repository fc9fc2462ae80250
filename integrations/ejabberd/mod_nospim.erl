%% mod_nospim: lets the guard (nospim serve) decide on every message before it is delivered, tells it what people do,
%% and carries out what it asks for.  For ejabberd 23.01 and later; see docs/how-to/protect-ejabberd.md.
%%
%% A sender's own session process asks, so waiting delays that sender only, and his order is kept.
%%
%% Copyright the nospim authors; Apache License 2.0.
-module(mod_nospim).
-behaviour(gen_mod).

-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_opt_type/1, mod_doc/0]).
-export([sent/1, received/1, from_afar/1, from_component/1, info/2, in_room/3]).
-export([signed_in/3, opened/1, resumed/1, closed/3, registered/2, removed/2]).
-export([session_id/1, since/1]).

-define(MAX_WAITING, 20000). % messages that wait at a time, held by the guard or waiting for it

%% Module ----------------------------------------------------------------------------------------------------------

start(Host, Opts) ->
    Get = fun(Name) -> gen_mod:get_opt(Name, Opts) end,
    Token = case Get(token_file) of
                <<"">> -> Get(token);
                File ->
                    {ok, Text} = file:read_file(File),
                    string:trim(Text)
            end,
    State = case Get(state_file) of
                <<"">> -> filename:join(mnesia:system_info(directory), "nospim.state");
                Path -> Path
            end,
    Options = #{url => string:trim(binary_to_list(Get(url)), trailing, "/"), token => binary_to_list(Token),
                timeout => Get(timeout), source => Get(source), on_failure => Get(on_failure),
                hold_limit => Get(hold_limit), park_limit => Get(park_limit), spool => Get(spool),
                limit_per_minute => Get(limit_per_minute), step_up => Get(step_up), language => Get(language),
                texts => maps:from_list(Get(texts)), remember_seconds => Get(remember), state_file => State},
    {ok, _} = nospim_guard:start(Options),
    [ejabberd_hooks:add(Hook, Host, ?MODULE, Function, Priority) || {Hook, Function, Priority} <- hooks()],
    ejabberd_hooks:add(component_send_packet, ?MODULE, from_component, 10),
    ok.

stop(Host) ->
    [ejabberd_hooks:delete(Hook, Host, ?MODULE, Function, Priority) || {Hook, Function, Priority} <- hooks()],
    case gen_mod:is_loaded_elsewhere(Host, ?MODULE) of
        true -> ok;
        false ->
            ejabberd_hooks:delete(component_send_packet, ?MODULE, from_component, 10),
            nospim_guard:stop()
    end.

reload(Host, New, _Old) -> stop(Host), start(Host, New).

%% Before archives and carbons (priorities 50 and up): what is refused is neither copied nor kept.
hooks() ->
    [{user_send_packet, sent, 5}, {user_receive_packet, received, 5}, {s2s_receive_packet, from_afar, 5},
     {c2s_handle_info, info, 5}, {muc_filter_message, in_room, 99}, {c2s_auth_result, signed_in, 5},
     {c2s_session_opened, opened, 50}, {c2s_session_resumed, resumed, 50},
     {sm_remove_connection_hook, closed, 50}, {register_user, registered, 50}, {remove_user, removed, 50}].

depends(_Host, _Opts) -> [].

mod_opt_type(url) -> econf:url();
mod_opt_type(timeout) -> econf:pos_int();
mod_opt_type(on_failure) ->
    Policy = econf:enum([deliver, hold, refuse]),
    econf:either(Policy, econf:map(econf:enum([message, group, edit, remote, component, default]), Policy));
mod_opt_type(step_up) -> econf:enum([notice, password]);
mod_opt_type(texts) -> econf:map(econf:atom(), econf:string());
mod_opt_type(Name) when Name =:= hold_limit; Name =:= park_limit; Name =:= spool; Name =:= limit_per_minute;
                        Name =:= remember -> econf:pos_int();
mod_opt_type(_) -> econf:binary().

mod_options(_Host) ->
    [{url, <<"http://127.0.0.1:8420">>}, {token, <<"">>}, {token_file, <<"">>}, {timeout, 2000}, {source, <<"xmpp">>},
     {on_failure, deliver}, {hold_limit, 60}, {park_limit, 45}, {spool, 20000}, {limit_per_minute, 3},
     {step_up, notice}, {language, <<"en">>}, {texts, []}, {remember, 1209600}, {state_file, <<"">>}].

mod_doc() -> #{desc => <<"Asks nospim about every message before it is delivered.">>}.

%% Messages --------------------------------------------------------------------------------------------------------

sent({Packet, #{lserver := Host, jid := Jid, sid := Sid} = State} = Acc) ->
    case element(1, Packet) of
        message ->
            answer(consider(Packet, c2s, Host, bare(Jid), session_id(Sid)), Packet, State,
                   fun(Error) -> ejabberd_c2s:send(State, Error) end);
        iq -> asks(Packet, State);
        presence -> presence(nospim_read:xml(Packet), bare(Jid)), Acc;
        _ -> Acc
    end;
sent(Acc) -> Acc.

from_afar({Packet, State} = Acc) ->
    case element(1, Packet) of
        message ->
            Host = ejabberd_router:host_of_route(domain(xmpp:get_to(Packet))),
            answer(consider(Packet, remote, Host, author(Packet), undefined), Packet, State,
                   fun(Error) -> ejabberd_router:route(Error), State end);
        presence -> presence(nospim_read:xml(Packet), bare(xmpp:get_from(Packet))), Acc;
        _ -> Acc
    end.

from_component({Packet, State} = Acc) ->
    case element(1, Packet) of
        message ->
            Host = hd(ejabberd_option:hosts()),
            answer(consider(Packet, component, Host, bare(xmpp:get_from(Packet)), undefined), Packet, State,
                   fun(Error) -> ejabberd_router:route(Error), State end);
        _ -> Acc
    end.

answer({pass, Packet}, _, State, _) -> {Packet, State};
answer(waits, _, State, _) -> {stop, {drop, State}};
answer({refuse, Words, Arguments}, Packet, _, Send) -> {stop, {drop, Send(refusal(Packet, Words, Arguments))}}.

%% In somebody else's room the occupant is all that is known: the room itself is not the author.
author(Packet) ->
    case xmpp:get_type(Packet) of
        groupchat -> jid:encode(xmpp:get_from(Packet));
        _ -> bare(xmpp:get_from(Packet))
    end.

bare(Jid) -> jid:encode(jid:remove_resource(Jid)).
user(Jid) -> element(1, jid:tolower(Jid)).
domain(Jid) -> element(2, jid:tolower(Jid)).
resource(Jid) -> element(3, jid:tolower(Jid)).

%% What becomes of a message: {pass, Packet}, waits, or {refuse, Words, Arguments}.
consider(Packet, Way, Host, Author, Session) ->
    Xml = nospim_read:xml(Packet),
    To = case xmpp:get_to(Packet) of undefined -> Author; Jid -> bare(Jid) end,
    Passed = xmpp:get_meta(Packet, nospim, undefined) =/= undefined,
    Error = xmpp:get_type(Packet) =:= error,
    case Passed orelse Error orelse To =:= Author of
        true -> {pass, Packet};
        false ->
            signs(Xml, Author, To),
            case nospim_read:speaks(Xml) of
                false -> {pass, Packet};
                true -> speaks(Packet, Xml, Way, Host, Author, To, Session)
            end
    end.

speaks(Packet, Xml, Way, Host, Author, To, Session) ->
    case nospim_act:may_send(Author) of
        false -> {refuse, limited, []};
        true ->
            Item = item(Packet, Xml, Way, Host, Author, To, Session),
            decide(ask(Item), Item)
    end.

item(Packet0, Xml, Way, Host, Author, To, Session) ->
    Group = xmpp:get_type(Packet0) =:= groupchat,
    Room = case Group of true -> room(Way, To, Packet0); false -> undefined end,
    Encrypted = nospim_read:encrypted(Xml),
    Event = nospim_guard:event(
              <<"im.message.sent">>, Author,
              #{to => recipients(Group, To, Packet0, Author), kind => case Group of true -> <<"group">>; _ -> <<"direct">> end,
                conversation => Room, session => Session,
                text => case Encrypted of true -> undefined; false -> nospim_read:text(Xml) end,
                encrypted => case Encrypted of true -> true; false -> undefined end}),
    Id = maps:get(id, Event),
    Packet1 = case xmpp:get_id(Packet0) of
                  <<>> -> xmpp:set_id(Packet0, Id); % or it could not be taken back
                  _ -> Packet0
              end,
    Packet = xmpp:put_meta(nospim_read:stamp(Packet1, Host, Id), nospim, Id),
    Corrects = nospim_read:corrects(Xml),
    #{id => Id, event => Event, packet => Packet, way => Way, host => Host, author => Author, pair => {Author, To},
      room => Room, corrects => Corrects, kind => kind(Way, Corrects, Group), session => self()}.

room(c2s, To, _) -> To;
room(_, To, Packet) ->
    case nospim_act:occupants(To) of
        [] -> bare(xmpp:get_from(Packet));
        _ -> To
    end.

kind(component, _, _) -> component;
kind(remote, _, _) -> remote;
kind(c2s, undefined, true) -> group;
kind(c2s, undefined, false) -> message;
kind(c2s, _, _) -> edit.

recipients(true, To, _, Author) ->
    case lists:usort([Bare || {_, Bare} <- nospim_act:occupants(To), Bare =/= Author]) of
        [] -> [To];
        Occupants -> Occupants
    end;
recipients(false, To, Packet, _) -> % perhaps a private message to one occupant of a room
    case resource(xmpp:get_to(Packet)) of
        <<>> -> [To];
        Nick -> nospim_act:occupant(To, Nick)
    end.

ask(#{event := Event}) -> nospim_guard:check(Event).

decide({ok, #{<<"action">> := <<"block">>}}, #{id := Id}) -> {refuse, refused, [Id]};
decide({ok, #{<<"action">> := <<"hold">>}}, Item) -> waits(Item, parked);
decide({ok, #{<<"action">> := <<"warn">>}}, Item) -> pass(Item#{warn => true});
decide({ok, _}, Item) -> pass(Item);
decide({error, _}, #{kind := Kind, event := Event, id := Id} = Item) ->
    case policy(Kind) of
        deliver ->
            nospim_guard:emit(Event),
            nospim_guard:in_arrears(Id),
            nospim_guard:bump({count, unchecked}, 1),
            pass(Item);
        hold -> waits(Item, stalled);
        refuse -> {refuse, unavailable, []}
    end.

policy(Kind) ->
    case nospim_guard:option(on_failure) of
        Policy when is_atom(Policy) -> Policy;
        Table -> proplists:get_value(Kind, Table, proplists:get_value(default, Table, deliver))
    end.

%% Nothing overtakes what waits in the same conversation (RFC 6120, section 10.1).
pass(#{pair := Pair} = Item) ->
    case nospim_guard:get({pair, Pair}) of
        undefined ->
            deliver(Item),
            {pass, maps:get(packet, Item)};
        _ -> waits(Item, ready)
    end.

deliver(#{id := Id, event := #{data := Data}, packet := Packet, author := Author, room := Room, host := Host} = Item) ->
    nospim_guard:bump({count, delivered}, 1),
    Edited = nospim_guard:get({own, Author, maps:get(corrects, Item)}),
    Record = #{author => Author, own => nospim_read:own_id(nospim_read:xml(Packet)), to => maps:get(to, Data),
               room => Room, at => os:system_time(second)},
    nospim_act:remember(Id, Record),
    Edited =/= undefined andalso nospim_guard:emit(nospim_guard:event(
        <<"im.message.edited">>, Author, (maps:with([text, session, to], Data))#{message => Edited})),
    maps:is_key(warn, Item) andalso nospim_act:warn(Author, Record, Host).

refusal(Packet, Words, Arguments) ->
    Text = nospim_act:words(Words, Arguments),
    Error = case Words of
                refused -> xmpp:err_policy_violation(Text, <<"en">>);
                _ -> xmpp:err_resource_constraint(Text, <<"en">>)
            end,
    % Without the words that were refused: nobody needs them back.
    Xml = nospim_read:xml(Packet),
    Given = fun(Name) -> case nospim_read:attr(Name, Xml) of undefined -> <<>>; Value -> Value end end,
    xmpp:decode({xmlel, <<"message">>,
                 [{<<"type">>, <<"error">>}, {<<"from">>, Given(<<"to">>)}, {<<"to">>, Given(<<"from">>)},
                  {<<"id">>, Given(<<"id">>)}], [xmpp:encode(Error)]}, <<"jabber:client">>, [ignore_els]).

%% Waiting: a process for each message, which ends with it ------------------------------------------------------------

waits(#{pair := Pair, id := Id} = Item, Why) ->
    case nospim_guard:bump(waiting, 0) >= ?MAX_WAITING of
        true -> {refuse, unavailable, []};
        false ->
            nospim_guard:bump(waiting, 1),
            Before = nospim_guard:get({pair, Pair}),
            Pid = spawn(fun() -> waiter(Item, Why, Before) end),
            nospim_guard:put({pair, Pair}, Pid),
            Why =:= parked andalso nospim_guard:put({held, Id}, Pid),
            waits
    end.

waiter(#{id := Id, pair := Pair} = Item, Why, Before) ->
    Outcome = try outcome(Item#{before => Before}, Why) catch _:_ -> deliver end,
    nospim_guard:delete({held, Id}),
    after_those_before(Before),
    case Outcome of
        {refuse, Words, Arguments} ->
            ejabberd_router:route(refusal(maps:get(packet, Item), Words, Arguments)),
            last_of(Pair);
        deliver ->
            deliver(Item),
            hand_over(Item)
    end,
    nospim_guard:bump(waiting, -1).

after_those_before(Before) when is_pid(Before) ->
    Ref = erlang:monitor(process, Before),
    receive {'DOWN', Ref, process, _, _} -> ok end;
after_those_before(_) -> ok.

last_of(Pair) ->
    nospim_guard:get({pair, Pair}) =:= self() andalso nospim_guard:delete({pair, Pair}).

%% Back through the sender's own session, where copies and archives are made; without it, straight on.
hand_over(#{packet := Packet, pair := Pair, way := c2s, session := Session}) ->
    case is_process_alive(Session) of
        true -> Session ! {nospim_pass, Packet, Pair, self()};
        false -> ejabberd_router:route(Packet), last_of(Pair)
    end;
hand_over(#{packet := Packet, pair := Pair}) -> ejabberd_router:route(Packet), last_of(Pair).

outcome(_, ready) -> deliver;
outcome(#{id := Id, kind := Kind}, parked) ->
    receive
        {settle, deliver} -> deliver;
        {settle, refuse} -> {refuse, refused, [Id]}
    after nospim_guard:option(park_limit) * 1000 ->
        case policy(Kind) of deliver -> deliver; _ -> {refuse, unavailable, []} end
    end;
outcome(#{id := Id, before := Before} = Item, stalled) ->
    nospim_guard:put({stalled, self()}, true),
    nospim_guard:down() orelse (self() ! guard_is_back), % it may have come back in between
    Waited = receive guard_is_back -> again after nospim_guard:option(hold_limit) * 1000 -> enough end,
    nospim_guard:delete({stalled, self()}),
    case Waited of
        enough -> {refuse, unavailable, []};
        again ->
            after_those_before(Before), % one question at a time in a conversation, in its order
            case ask(Item) of
                {ok, #{<<"action">> := <<"block">>}} -> {refuse, refused, [Id]};
                {ok, #{<<"action">> := <<"hold">>}} ->
                    nospim_guard:put({held, Id}, self()),
                    outcome(Item, parked);
                {ok, _} -> deliver;
                {error, _} -> timer:sleep(200), outcome(Item, stalled)
            end
    end.

info(#{lserver := Host} = State, {nospim_pass, Packet, Pair, Waiter}) ->
    nospim_guard:get({pair, Pair}) =:= Waiter andalso nospim_guard:delete({pair, Pair}),
    case ejabberd_hooks:run_fold(user_send_packet, Host, {Packet, State}, []) of
        {drop, Next} -> {stop, Next};
        {Passed, Next} -> ejabberd_router:route(Passed), {stop, Next}
    end;
info(State, {nospim_end, Words}) ->
    {stop, xmpp_stream_in:send(State, xmpp:serr_policy_violation(Words, <<"en">>))};
info(State, _) -> State.

%% What was taken back is given to nobody any more, neither out of the offline store nor out of an archive.
received({Packet, State} = Acc) ->
    case element(1, Packet) =:= message andalso nospim_read:marks(nospim_read:xml(Packet)) of
        [_ | _] = Ids ->
            case lists:any(fun(Id) -> nospim_guard:get({recalled, Id}) =/= undefined end, Ids) of
                true -> {stop, {drop, State}};
                false -> Acc
            end;
        _ -> Acc
    end.

%% By this id the occupants of a room know a message.
in_room(Packet, _Room, _Nick) ->
    Xml = nospim_read:xml(Packet),
    case nospim_read:marks(Xml) of
        [Id | _] ->
            case nospim_guard:get({sent, Id}) of
                #{room := Room} = Record when Room =/= undefined ->
                    case nospim_read:stanza_id(Xml, Room) of
                        undefined ->
                            Mark = nospim_read:stanza_id_element(Room, Id),
                            nospim_guard:put({sent, Id}, Record#{room_id => Id}),
                            xmpp:set_els(Packet, xmpp:get_els(Packet) ++ [Mark]);
                        Known ->
                            nospim_guard:put({sent, Id}, Record#{room_id => Known}),
                            Packet
                    end;
                _ -> Packet
            end;
        [] -> Packet
    end.

%% What people do besides writing --------------------------------------------------------------------------------------

signs(Xml, Author, To) ->
    case nospim_read:receipt(Xml) of
        {Type, Own} -> about({own, To, Own}, Type, Author, #{to => [Author]});
        undefined -> ok
    end,
    about({own, Author, nospim_read:retracts(Xml)}, <<"im.message.retracted">>, Author, #{}).

about(Key, Type, Author, Data) ->
    case nospim_guard:get(Key) of
        undefined -> ok;
        Id -> emit(Type, Author, Data#{message => Id})
    end.

emit(Type, Subject, Data) -> nospim_guard:emit(nospim_guard:event(Type, Subject, Data)).

asks(Packet, #{jid := Jid, sid := Sid, user := User, lserver := Host} = State) ->
    Xml = nospim_read:xml(Packet),
    Account = bare(Jid),
    Get = nospim_read:attr(<<"type">>, Xml) =:= <<"get">>,
    Roster = nospim_read:child(<<"query">>, <<"jabber:iq:roster">>, Xml),
    Register = nospim_read:child(<<"query">>, <<"jabber:iq:register">>, Xml),
    Block = nospim_read:child(<<"block">>, <<"urn:xmpp:blocking">>, Xml),
    case {Roster, Register, Block} of
        {{xmlel, _, _, _}, _, _} when Get ->
            Contacts = length(ejabberd_hooks:run_fold(roster_get, Host, [], [{user(Jid), Host}])),
            emit(<<"im.contacts.read">>, Account, #{session => session_id(Sid), ip => address(State), count => Contacts});
        {{xmlel, _, _, _}, _, _} -> roster(Account, Roster, user(Jid), Host);
        {_, {xmlel, _, _, _}, _} when not Get -> password(Account, Register, Sid, User, Host);
        {_, _, {xmlel, _, _, _}} -> [reported(Account, Item) || {xmlel, _, _, _} = Item <- element(4, Block)];
        _ -> ok
    end,
    case Register =/= undefined andalso not Get
        andalso not nospim_act:may_set_password(user(Jid), Host, since(Sid)) of
        true ->
            Error = xmpp:err_not_allowed(nospim_act:words(locked, []), <<"en">>),
            {stop, {drop, ejabberd_c2s:send(State, xmpp:make_error(Packet, Error))}};
        false -> {Packet, State}
    end.

roster(Account, Query, User, Host) ->
    case [E || {xmlel, <<"item">>, _, _} = E <- element(4, Query)] of
        [Item | _] ->
            Contact = nospim_read:attr(<<"jid">>, Item),
            Known = ejabberd_hooks:run_fold(roster_get_jid_info, Host, {none, none, []},
                                            [User, Host, jid:decode(Contact)]),
            case {nospim_read:attr(<<"subscription">>, Item), Known} of
                {<<"remove">>, _} -> emit(<<"im.contact.removed">>, Account, #{contact => Contact});
                {_, {none, none, []}} -> emit(<<"im.contact.added">>, Account, #{contact => Contact});
                _ -> ok
            end;
        [] -> ok
    end.

password(Account, Query, Sid, User, Host) ->
    case nospim_read:child_text(<<"password">>, <<"jabber:iq:register">>, Query) =/= undefined
        andalso nospim_act:may_set_password(User, Host, since(Sid)) of
        true -> emit(<<"im.password.changed">>, Account, #{session => session_id(Sid)});
        false -> ok
    end.

%% XEP-0377 on XEP-0191.  A block without a report says less, and is passed on as that.
reported(Account, Item) ->
    Accused = case nospim_read:attr(<<"jid">>, Item) of undefined -> <<>>; J -> bare(jid:decode(J)) end,
    Report = nospim_read:child(<<"report">>, <<"urn:xmpp:reporting:1">>, Item),
    Latest = nospim_guard:get({latest, Accused, Account}),
    case {Report, Latest} of
        {undefined, undefined} -> ok;
        {undefined, Id} ->
            emit(<<"im.message.reported">>, Account, #{message => Id, accused => Accused, reason => <<"blocked">>});
        {_, _} ->
            Reason = lists:last(binary:split(nospim_read:attr(<<"reason">>, Report), <<":">>, [global])),
            Named = nospim_read:child(<<"stanza-id">>, <<"urn:xmpp:sid:0">>, Report),
            Id = case Named =/= undefined andalso nospim_read:attr(<<"id">>, Named) of
                     Own when is_binary(Own) ->
                         case nospim_guard:get({sent, Own}) of undefined -> Latest; _ -> Own end;
                     _ -> Latest
                 end,
            emit(<<"im.message.reported">>, Account,
                 #{message => case Id of undefined -> <<"unknown">>; _ -> Id end, accused => Accused, reason => Reason,
                   comment => nospim_read:child_text(<<"text">>, <<"urn:xmpp:reporting:1">>, Report)})
    end.

presence(Xml, Author) ->
    case {nospim_read:attr(<<"type">>, Xml), nospim_read:attr(<<"to">>, Xml)} of
        {<<"subscribe">>, To} when is_binary(To) ->
            emit(<<"im.contact.requested">>, Author,
                 #{contact => bare(jid:decode(To)), text => nospim_read:child_text(<<"status">>, <<"jabber:client">>, Xml)});
        _ -> ok
    end.

signed_in(#{lserver := Host} = State0, true, User) ->
    State = State0#{nospim_method => maps:get(sasl_mech, State0, undefined)},
    case nospim_act:refusal(User, Host) of
        none -> State;
        {Condition, Words} ->
            emit(<<"im.session.failed">>, <<User/binary, "@", Host/binary>>,
                 #{ip => address(State), reason => Condition}),
            Sasl = <<"urn:ietf:params:xml:ns:xmpp-sasl">>,
            Failure = xmpp:decode({xmlel, <<"failure">>, [{<<"xmlns">>, Sasl}],
                                   [{xmlel, Condition, [], []},
                                    {xmlel, <<"text">>, [{<<"xml:lang">>, <<"en">>}], [{xmlcdata, Words}]}]}),
            Told = xmpp_stream_in:send(State, Failure),
            {stop, xmpp_stream_in:send(Told, xmpp:serr_policy_violation(Words, <<"en">>))}
    end;
signed_in(#{lserver := Host} = State, {false, Reason}, User) ->
    is_binary(User) andalso User =/= <<>> andalso
        emit(<<"im.session.failed">>, <<User/binary, "@", Host/binary>>, #{ip => address(State), reason => Reason}),
    State;
signed_in(State, _, _) -> State.

opened(#{jid := Jid, sid := Sid} = State) ->
    Resource = resource(Jid),
    Device = case re:run(Resource, "^[0-9]+$") of % made up by the server, and another one each time
                 nomatch -> Resource;
                 _ -> undefined
             end,
    Client = case Device =/= undefined andalso re:run(Device, "^[A-Za-z][A-Za-z _-]*[A-Za-z]", [{capture, first, binary}]) of
                 {match, [Stem]} -> Stem;
                 _ -> undefined
             end,
    emit(<<"im.session.opened">>, bare(Jid),
         #{session => session_id(Sid), ip => address(State), device => Device, client => Client,
           method => maps:get(nospim_method, State, undefined)}),
    State.

resumed(#{jid := Jid, sid := Sid} = State) ->
    emit(<<"im.session.resumed">>, bare(Jid), #{session => session_id(Sid), ip => address(State)}),
    State.

closed(Sid, Jid, _Info) -> emit(<<"im.session.closed">>, bare(Jid), #{session => session_id(Sid)}).
registered(User, Host) -> emit(<<"im.account.created">>, <<User/binary, "@", Host/binary>>, #{}).
removed(User, Host) -> emit(<<"im.account.disabled">>, <<User/binary, "@", Host/binary>>, #{}).

address(#{ip := {Ip, _Port}}) -> list_to_binary(inet:ntoa(unmapped(Ip)));
address(_) -> undefined.

unmapped({0, 0, 0, 0, 0, 16#ffff, A, B}) -> {A bsr 8, A band 255, B bsr 8, B band 255};
unmapped(Ip) -> Ip.

%% A session's id is made from the server's own, so that it need not be remembered.
session_id(Sid) ->
    <<Short:8/binary, _/binary>> = crypto:hash(sha256, term_to_binary({Sid, nospim_guard:get(boot)})),
    binary:encode_hex(Short).

%% When a session was opened, in microseconds: an owner and a thief may sign in within one second.
since({{Mega, Seconds, Micro}, _}) -> (Mega * 1000000 + Seconds) * 1000000 + Micro;
since(_) -> os:system_time(microsecond).
