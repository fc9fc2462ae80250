%% What a stanza says: everything that a client may show of a message, whether it is encrypted, what it refers to.
%% Works on the bare XML, so it depends on no record of any version of the xmpp library.
-module(nospim_read).

-export([xml/1, attr/2, child/3, child_text/3, text/1, encrypted/1, speaks/1, corrects/1, own_id/1]).
-export([receipt/1, retracts/1, marks/1, stamp/3, stanza_id/2, stanza_id_element/2]).

-define(MAX_TEXT, 65536). % bytes of one message that are judged; clients send far less
-define(MAX_DEPTH, 4).    % how deep an archived copy of a message can lie in what carries it

xml({xmlel, _, _, _} = El) -> El;
xml(Packet) -> xmpp:encode(Packet, <<"jabber:client">>).

attr(Name, {xmlel, _, Attrs, _}) -> proplists:get_value(Name, Attrs).

namespace(El) -> namespace(El, <<"jabber:client">>).
namespace(El, Outer) -> case attr(<<"xmlns">>, El) of undefined -> Outer; Ns -> Ns end.

children({xmlel, _, _, Children}) -> [C || {xmlel, _, _, _} = C <- Children].

%% A child without a namespace of its own has its parent's.
child(Name, Ns, El) ->
    Outer = namespace(El),
    case [C || {xmlel, N, _, _} = C <- children(El), N =:= Name, namespace(C, Outer) =:= Ns] of
        [First | _] -> First;
        [] -> undefined
    end.

child_text(Name, Ns, El) ->
    case child(Name, Ns, El) of
        undefined -> undefined;
        {xmlel, _, _, Content} -> iolist_to_binary([T || {xmlcdata, T} <- Content])
    end.

%% End-to-end encryption leaves a body that only says so: it is not sent on.
encrypted(El) ->
    Signs = [{<<"encrypted">>, <<"eu.siacs.conversations.axolotl">>}, {<<"encrypted">>, <<"urn:xmpp:omemo:1">>},
             {<<"encrypted">>, <<"urn:xmpp:omemo:2">>}, {<<"openpgp">>, <<"urn:xmpp:openpgp:0">>},
             {<<"x">>, <<"jabber:x:encrypted">>}, {<<"encryption">>, <<"urn:xmpp:eme:0">>}],
    lists:any(fun({Name, Ns}) -> child(Name, Ns, El) =/= undefined end, Signs)
        orelse case child_text(<<"body">>, <<"jabber:client">>, El) of
                   <<"?OTR", _/binary>> -> true;
                   _ -> false
               end.

%% XHTML-IM, out-of-band data, invitations, references, shared files, forms: words and the places they point at.
is_shown({xmlel, Name, _, _} = El) ->
    lists:member({Name, namespace(El)},
                 [{<<"body">>, <<"jabber:client">>}, {<<"subject">>, <<"jabber:client">>},
                  {<<"html">>, <<"http://jabber.org/protocol/xhtml-im">>}, {<<"x">>, <<"jabber:x:oob">>},
                  {<<"x">>, <<"jabber:x:conference">>}, {<<"x">>, <<"http://jabber.org/protocol/muc#user">>},
                  {<<"reference">>, <<"urn:xmpp:reference:0">>}, {<<"file-sharing">>, <<"urn:xmpp:sfs:0">>},
                  {<<"x">>, <<"jabber:x:data">>}]).

shown({xmlel, _, Attrs, Content}) ->
    lists:flatmap(fun({xmlcdata, T}) -> [T];
                     ({xmlel, _, _, _} = C) -> shown(C);
                     (_) -> []
                  end, Content)
        ++ [V || {K, V} <- Attrs,
                 lists:member(K, [<<"href">>, <<"src">>, <<"uri">>, <<"target">>, <<"jid">>])].

text(El) ->
    Found = [T || C <- children(El), is_shown(C), T <- shown(C), re:run(T, "\\S") =/= nomatch],
    case lists:foldl(fun(T, {Seen, Size}) ->
                             case lists:member(T, Seen) orelse Size + byte_size(T) > ?MAX_TEXT of
                                 true -> {Seen, Size};
                                 false -> {[T | Seen], Size + byte_size(T)}
                             end
                     end, {[], 0}, Found) of
        {[], _} -> undefined;
        {Parts, _} -> iolist_to_binary(lists:join(<<"\n">>, lists:reverse(Parts)))
    end.

%% Whether a message carries anything to judge; receipts, typing notices and the like go straight on.
speaks(El) -> attr(<<"type">>, El) =/= <<"error">> andalso (encrypted(El) orelse text(El) =/= undefined).

%% XEP-0308
corrects(El) -> of_child(<<"replace">>, <<"urn:xmpp:message-correct:0">>, El).
%% XEP-0424
retracts(El) -> of_child(<<"retract">>, <<"urn:xmpp:message-retract:1">>, El).

%% XEP-0184 and XEP-0333
receipt(El) ->
    case of_child(<<"received">>, <<"urn:xmpp:receipts">>, El) of
        undefined ->
            case of_child(<<"displayed">>, <<"urn:xmpp:chat-markers:0">>, El) of
                undefined -> undefined;
                Id -> {<<"im.message.read">>, Id}
            end;
        Id -> {<<"im.message.delivered">>, Id}
    end.

%% XEP-0359: the id that the author's client gave it, by which a recipient's client knows it.
own_id(El) ->
    case of_child(<<"origin-id">>, <<"urn:xmpp:sid:0">>, El) of
        undefined -> attr(<<"id">>, El);
        Id -> Id
    end.

of_child(Name, Ns, El) ->
    case child(Name, Ns, El) of
        undefined -> undefined;
        Found -> attr(<<"id">>, Found)
    end.

%% Our marks are stanza-ids "by" nospim.HOST: mod_mam takes off those that claim to be by HOST itself.
is_mark({xmlel, <<"stanza-id">>, _, _} = El) ->
    case attr(<<"by">>, El) of
        <<"nospim.", _/binary>> -> true;
        _ -> false
    end;
is_mark(_) -> false.

%% Our ids on a stanza, and on a copy that it carries (out of an archive, say).
marks(El) -> marks(El, ?MAX_DEPTH).

marks(_, 0) -> [];
marks(El, Depth) ->
    lists:flatmap(fun(C) ->
                          case is_mark(C) of
                              true -> [attr(<<"id">>, C)];
                              false -> marks(C, Depth - 1)
                          end
                  end, children(El)).

stamp(Packet, Host, Id) ->
    Kept = [E || E <- xmpp:get_els(Packet), not is_mark(xml(E))],
    xmpp:set_els(Packet, Kept ++ [stanza_id_element(<<"nospim.", Host/binary>>, Id)]).

stanza_id_element(By, Id) ->
    {xmlel, <<"stanza-id">>, [{<<"xmlns">>, <<"urn:xmpp:sid:0">>}, {<<"by">>, By}, {<<"id">>, Id}], []}.

stanza_id(El, By) ->
    case [attr(<<"id">>, C) || {xmlel, <<"stanza-id">>, _, _} = C <- children(El), attr(<<"by">>, C) =:= By] of
        [Id | _] -> Id;
        [] -> undefined
    end.
