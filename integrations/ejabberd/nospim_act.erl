%% Carries out what the guard asks for, once each, and says how it went.
-module(nospim_act).

-export([carry_out/1, take_back/2, remember/2, refusal/2, may_send/1, tell/3, words/2, warn/3, occupants/1, occupant/2]).
-export([may_set_password/3, lock_password_mark/2]).

-define(WINDOW, 60). % seconds over which a limited account's messages are counted
-define(REMEMBERED, 100000).
-record(jid_parts, {user, host}).

%% {done | failed, Detail}, or others where another program carries it out and answers for it.
carry_out(#{<<"kind">> := <<"capture">>}) -> others;
carry_out(#{<<"action">> := Id, <<"kind">> := Kind} = Action) ->
    case nospim_guard:get({done, Id}) of
        {_, Result} -> Result;
        undefined ->
            Result = try act(Kind, Action)
                     catch Class:Why:Stack ->
                             error_logger:error_msg("nospim: ~s went wrong: ~p:~p ~p~n", [Kind, Class, Why, Stack]),
                             {failed, <<"it went wrong; see the server's log">>}
                     end,
            nospim_guard:put({done, Id}, {os:system_time(second), Result}),
            error_logger:info_msg("nospim: ~s for ~s: ~p~n", [Kind, maps:get(<<"target">>, Action, <<>>), Result]),
            Result
    end.

act(<<"release">>, #{<<"target">> := Id}) -> settle(Id, deliver);
act(<<"drop">>, #{<<"target">> := Id} = Action) ->
    case settle(Id, refuse) of
        {done, _} = Done -> Done;
        _ ->
            case take_back(Id, maps:get(<<"account">>, Action, undefined)) of
                {ok, N} -> {done, count(<<"it had gone out unchecked, and was taken back from ">>, N)};
                _ -> {failed, <<"the message does not wait any more">>}
            end
    end;
act(<<"end_sessions">>, #{<<"target">> := Target} = Action) ->
    Account = maps:get(<<"account">>, Action, Target),
    on_ours(Account, fun(User, Host) -> {done, count(<<>>, end_sessions(User, Host, Account, Target))} end);
act(<<"suspend">>, #{<<"target">> := Account} = Action) ->
    Result = lock(suspend, Action),
    on_ours(Account, fun(User, Host) -> end_sessions(User, Host, Account, Account), Result end, Result);
act(<<"require_password">>, Action) -> lock(password, Action);
act(<<"limit">>, Action) -> lock(limit, Action);
act(<<"step_up">>, #{<<"target">> := Account} = Action) ->
    case nospim_guard:option(step_up) of
        password -> lock(password, Action);
        notice ->
            on_ours(Account, fun(_, _) ->
                                     tell(Account, clicked, []),
                                     {done, <<"told; this server has no second factor">>}
                             end)
    end;
act(<<"recall">>, #{<<"target">> := Id} = Action) ->
    case take_back(Id, maps:get(<<"account">>, Action, undefined)) of
        {ok, N} -> {done, count(<<"taken back from ">>, N)};
        {error, Why} -> {failed, Why}
    end;
act(<<"notify_owner">>, #{<<"target">> := Account}) ->
    on_ours(Account, fun(_, _) -> tell(Account, owner, [Account]), {done, <<"told in the account itself">>} end);
act(<<"notify_recipients">>, #{<<"account">> := Account}) ->
    Lured = case nospim_guard:get({lured, Account}) of undefined -> []; List -> lists:usort(List) end,
    [tell(Recipient, recipients, [Account]) || Recipient <- Lured],
    nospim_guard:delete({lured, Account}),
    {done, count(<<>>, length(Lured))};
act(<<"undo">>, #{<<"target">> := Account, <<"was">> := Was}) ->
    Kind = case Was of
               <<"suspend">> -> suspend;
               <<"limit">> -> limit;
               _ -> password
           end,
    nospim_guard:delete({lock, {Account, Kind}}),
    nospim_guard:delete({lock, {Account, border}}),
    {done, <<"lifted">>};
act(Kind, _) -> {failed, <<"this server cannot do that: ", Kind/binary>>}.

count(Words, N) -> <<Words/binary, (integer_to_binary(N))/binary>>.

settle(Id, Outcome) ->
    case nospim_guard:get({held, Id}) of
        undefined ->
            case {Outcome, nospim_guard:get({sent, Id})} of
                {deliver, #{}} -> {done, <<"it had gone out already">>};
                _ -> {failed, <<"the message does not wait any more">>}
            end;
        Pid -> Pid ! {settle, Outcome}, {done, <<>>}
    end.

on_ours(Account, Then) -> on_ours(Account, Then, {failed, <<"the account is on another server">>}).
on_ours(Account, Then, Otherwise) ->
    Parts = parts(Account),
    case lists:member(Parts#jid_parts.host, ejabberd_option:hosts()) andalso Parts#jid_parts.user =/= <<>> of
        true -> Then(Parts#jid_parts.user, Parts#jid_parts.host);
        false -> Otherwise
    end.

parts(Account) ->
    {User, Host, _} = jid:tolower(jid:decode(Account)),
    #jid_parts{user = User, host = Host}.

%% Sessions and locks ----------------------------------------------------------------------------------------------

end_sessions(User, Host, Account, Wanted) ->
    Open = [{Resource, Info} || {Resource, Info} <- ejabberd_sm:get_user_info(User, Host),
                                Wanted =:= Account orelse mod_nospim:session_id(sid(Info)) =:= Wanted],
    [begin
         nospim_guard:put({ended, Account}, mod_nospim:since(sid(Info))),
         element(2, sid(Info)) ! {nospim_end, words(ended, [])}
     end || {_, Info} <- Open],
    length(Open).

sid(Info) -> {proplists:get_value(ts, Info), proplists:get_value(pid, Info)}.

lock(Kind, #{<<"target">> := Account} = Action) ->
    Ends = case maps:get(<<"expires">>, Action, null) of
               Time when is_binary(Time) -> calendar:rfc3339_to_system_time(binary_to_list(Time));
               _ -> infinity
           end,
    Now = os:system_time(second),
    on_ours(Account,
            fun(User, Host) ->
                    Mark = lock_password_mark(User, Host),
                    nospim_guard:put({lock, {Account, Kind}}, {Now, Ends, Mark}),
                    {done, case Kind of
                               limit -> <<"a few messages a minute">>;
                               password -> <<"sign-in is refused until the password has been changed">>;
                               suspend -> <<"sign-in is refused">>
                           end}
            end,
            begin
                Known = lists:member((parts(Account))#jid_parts.host, ejabberd_option:hosts()),
                Known orelse nospim_guard:put({lock, {Account, border}}, {Now, Ends, undefined}),
                {done, <<"the account is on another server: nothing from it comes in until then">>}
            end).

%% What a password is known by, to see that it was changed.
lock_password_mark(User, Host) ->
    crypto:hash(sha256, term_to_binary(catch ejabberd_auth:get_password_s(User, Host))).

locked(Account, Kind) ->
    case nospim_guard:get({lock, {Account, Kind}}) of
        undefined -> false;
        {_, Ends, _} = Lock ->
            case Ends =:= infinity orelse Ends > os:system_time(second) of
                true -> Lock;
                false -> nospim_guard:delete({lock, {Account, Kind}}), false
            end
    end.

%% Why an account may not sign in, or none.
refusal(User, Host) ->
    Account = <<User/binary, "@", Host/binary>>,
    case {locked(Account, suspend), locked(Account, password)} of
        {{_, _, _}, _} -> {<<"account-disabled">>, words(suspended, [])};
        {false, {_, _, Mark}} ->
            case lock_password_mark(User, Host) of
                Mark -> {<<"credentials-expired">>, words(locked, [])};
                _ ->
                    nospim_guard:delete({lock, {Account, password}}),
                    nospim_guard:save(),
                    nospim_guard:emit(nospim_guard:event(<<"im.password.changed">>, Account, #{})),
                    none
            end;
        _ -> none
    end.

%% Whether a session may set the password of a locked account: it must be older than the one that was ended.
may_set_password(User, Host, Since) ->
    Account = <<User/binary, "@", Host/binary>>,
    case locked(Account, password) of
        false -> true;
        {Locked, _, _} ->
            Ended = case nospim_guard:get({ended, Account}) of undefined -> Locked * 1000000; At -> At end,
            Since < Ended
    end.

may_send(Account) ->
    case {locked(Account, border), locked(Account, suspend), locked(Account, limit)} of
        {false, false, false} -> true;
        {false, false, _} ->
            Window = os:system_time(second) div ?WINDOW,
            nospim_guard:bump({spent, Account, Window}, 1) =< nospim_guard:option(limit_per_minute);
        _ -> false
    end.

%% What was delivered, and how it is taken back ----------------------------------------------------------------------

remember(Id, #{author := Author, own := Own} = Record) ->
    case nospim_guard:bump(remembered, 1) rem ?REMEMBERED of
        0 -> forget_old();
        _ -> ok
    end,
    nospim_guard:put({sent, Id}, Record),
    nospim_guard:put({own, Author, Own}, Id),
    [nospim_guard:put({latest, Author, To}, Id) || To <- maps:get(to, Record)].

forget_old() ->
    Old = os:system_time(second) - nospim_guard:option(remember_seconds),
    [nospim_guard:delete(Key) || {{sent, _} = Key, #{at := At}} <- ets:match_object(nospim, {{sent, '_'}, '_'}), At < Old],
    [nospim_guard:delete(Key) || {Key, Id} <- ets:match_object(nospim, {{own, '_', '_'}, '_'}), gone(Id)],
    [nospim_guard:delete(Key) || {Key, Id} <- ets:match_object(nospim, {{latest, '_', '_'}, '_'}), gone(Id)].

gone(Id) -> nospim_guard:get({sent, Id}) =:= undefined.

%% From here on no client here is given it any more, out of the offline store or an archive; who has it already is
%% asked to take it away.
take_back(Id, _Account) ->
    nospim_guard:put({recalled, Id}, os:system_time(second)),
    case nospim_guard:get({sent, Id}) of
        undefined -> {error, <<"the message is not known any more">>};
        #{recalled := N} -> {ok, N};
        #{author := Author, to := To} = Record ->
            N = case Record of
                    #{room := undefined} -> take_back_direct(Record);
                    _ -> take_back_room(Record)
                end,
            nospim_guard:put({sent, Id}, Record#{recalled => N}),
            Before = case nospim_guard:get({lured, Author}) of undefined -> []; List -> List end,
            nospim_guard:put({lured, Author}, To ++ Before),
            nospim_guard:save(),
            {ok, N}
    end.

take_back_direct(#{author := Author, own := Own, to := To}) ->
    [route([{<<"type">>, <<"chat">>}], Author, Recipient, retraction(Own, []) ++ bodies(retracted, [])) || Recipient <- To],
    length(To).

take_back_room(#{room := Room, to := To} = Record) ->
    Known = maps:get(room_id, Record, maps:get(own, Record)),
    Moderated = [el(<<"moderated">>, <<"urn:xmpp:message-moderate:1">>, [{<<"by">>, Room}], [])],
    [route([{<<"type">>, <<"groupchat">>}], Room, Occupant, retraction(Known, Moderated) ++ bodies(retracted, []))
     || {Occupant, _} <- occupants(Room)],
    length(To).

retraction(Id, Inside) ->
    [el(<<"retract">>, <<"urn:xmpp:message-retract:1">>, [{<<"id">>, Id}], Inside),
     el(<<"apply-to">>, <<"urn:xmpp:fasten:0">>, [{<<"id">>, Id}],
        [el(<<"retract">>, <<"urn:xmpp:message-retract:0">>, [], [])]),
     el(<<"fallback">>, <<"urn:xmpp:fallback:0">>, [{<<"for">>, <<"urn:xmpp:message-retract:1">>}], [])].

%% The occupants of a room here: [{full JID, bare JID}], empty for a room elsewhere.
occupants(Room) ->
    case jid:tolower(jid:decode(Room)) of
        {Name, Service, _} when Name =/= <<>> ->
            case catch mod_muc_admin:get_room_occupants(Name, Service) of
                List when is_list(List) -> [{Full, bare(Full)} || {Full, _, _} <- List];
                _ -> []
            end;
        _ -> []
    end.

%% Who sits in a room here under a nick; the room itself where nobody does, or it is no room of ours.
occupant(Room, Nick) ->
    {Name, Service, _} = jid:tolower(jid:decode(Room)),
    case catch mod_muc_admin:get_room_occupants(Name, Service) of
        List when is_list(List), Name =/= <<>> ->
            case [bare(Full) || {Full, N, _} <- List, N =:= Nick] of
                [] -> [Room];
                Found -> Found
            end;
        _ -> [Room]
    end.

bare(Full) -> jid:encode(jid:remove_resource(jid:decode(Full))).

%% Words -------------------------------------------------------------------------------------------------------------

tell(Account, Words, Arguments) ->
    Host = case lists:member((parts(Account))#jid_parts.host, ejabberd_option:hosts()) of
               true -> (parts(Account))#jid_parts.host;
               false -> hd(ejabberd_option:hosts())
           end,
    route([{<<"type">>, <<"chat">>}], Host, Account, bodies(Words, Arguments)).

%% A notice that stands in the conversation itself, before the message that it is about.
warn(Author, #{room := undefined, to := To}, Host) ->
    [route([{<<"type">>, <<"chat">>}], Author, Recipient, bodies(warn, [Host])) || Recipient <- To];
warn(_, #{room := Room}, Host) ->
    [route([{<<"type">>, <<"groupchat">>}], Room, Full, bodies(warn, [Host])) || {Full, _} <- occupants(Room)].

route(Attrs, From, To, Children) ->
    Id = binary:encode_hex(crypto:strong_rand_bytes(8)),
    El = {xmlel, <<"message">>, [{<<"from">>, From}, {<<"to">>, To}, {<<"id">>, Id} | Attrs],
          Children ++ [el(<<"store">>, <<"urn:xmpp:hints">>, [], [])]},
    ejabberd_router:route(xmpp:decode(El, <<"jabber:client">>, [ignore_els])).

bodies(Words, Arguments) ->
    [{xmlel, <<"body">>, [{<<"xml:lang">>, nospim_guard:option(language)}], [{xmlcdata, words(Words, Arguments)}]}].

el(Name, Ns, Attrs, Children) -> {xmlel, Name, [{<<"xmlns">>, Ns} | Attrs], Children}.

words(Name, Arguments) ->
    Format = maps:get(Name, nospim_guard:option(texts), english(Name)),
    unicode:characters_to_binary(io_lib:format(Format, Arguments)).

english(refused) ->
    "Not delivered: this looks like the lures that are sent from stolen accounts. If you wrote it yourself, "
    "wait a little and tell the people who run this service. Reference: ~ts";
english(unavailable) -> "Not delivered: messages cannot be checked right now. Please send it again later.";
english(limited) ->
    "Not delivered: this account may send only a few messages a minute until its owner has been reached.";
english(warn) ->
    "Notice from the service ~ts, not from your contact: the next message looks unusual for its sender. "
    "Do not open links or give a password or a code before you have asked in another way.";
english(retracted) -> "A message was taken back by the service: it was a lure sent from a stolen account.";
english(recipients) ->
    "Notice from the service: the account ~ts was used by somebody else, who sent you a lure. It was taken back. "
    "If you opened a link in it or typed a password, change that password now. The owner is a victim too.";
english(owner) ->
    "Lures were sent to your contacts from your account ~ts. If that was not you, somebody else has your "
    "password: set a new one now, on a device that you trust, and use it nowhere else.";
english(clicked) -> "You opened a link that turned out to be a lure. If you typed your password there, change it now.";
english(ended) -> "This session was ended because it does not look like the owner's.";
english(locked) -> "Signing in needs a new password. Ask the people who run this service.";
english(suspended) -> "This account is suspended. Ask the people who run this service.".
