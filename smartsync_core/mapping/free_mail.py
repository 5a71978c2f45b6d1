"""Domains of mail providers: an address there says nothing about a company. Public names, compiled by hand."""

from __future__ import annotations

__all__ = ["FREE_MAIL_DOMAINS"]

_DOMAINS = """
    gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.co.uk
    hotmail.com hotmail.co.uk hotmail.de hotmail.fr hotmail.it hotmail.es hotmail.nl hotmail.be
    live.com live.co.uk live.de live.fr live.nl live.be live.it live.se live.dk live.ca msn.com passport.com
    yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.ca yahoo.com.au yahoo.com.br yahoo.com.mx
    yahoo.co.in yahoo.in yahoo.co.jp yahoo.ie yahoo.se yahoo.no yahoo.dk ymail.com rocketmail.com myyahoo.com
    icloud.com me.com mac.com aol.com aol.co.uk aol.de aim.com
    gmx.com gmx.net gmx.de gmx.at gmx.ch gmx.fr gmx.co.uk gmx.us web.de freenet.de t-online.de arcor.de
    online.de mail.de email.de posteo.de mailbox.org 1und1.de vodafone.de kabelmail.de
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.com tuta.io tutamail.com
    zoho.com zohomail.com zohomail.eu fastmail.com fastmail.fm hushmail.com hey.com duck.com mail.com email.com
    usa.com post.com inbox.com lycos.com excite.com juno.com netzero.net
    orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr aliceadsl.fr club-internet.fr numericable.fr
    btinternet.com btopenworld.com talktalk.net tiscali.co.uk sky.com virginmedia.com ntlworld.com
    blueyonder.co.uk plusnet.com plus.com o2.co.uk fsmail.net
    libero.it virgilio.it tin.it alice.it tiscali.it fastwebnet.it inwind.it iol.it
    telefonica.net terra.es ya.com movistar.es sapo.pt
    bluewin.ch hispeed.ch sunrise.ch aon.at chello.at a1.net
    ziggo.nl kpnmail.nl planet.nl xs4all.nl home.nl hetnet.nl upcmail.nl quicknet.nl telenet.be skynet.be proximus.be
    telia.com spray.se bredband.net online.no broadpark.no mail.dk tdcadsl.dk jubii.dk luukku.com kolumbus.fi
    wp.pl o2.pl onet.pl onet.eu interia.pl op.pl gazeta.pl tlen.pl seznam.cz centrum.cz email.cz volny.cz azet.sk
    freemail.hu citromail.hu abv.bg mail.bg
    mail.ru inbox.ru list.ru bk.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net
    frontier.com windstream.net centurylink.net roadrunner.com rr.com mindspring.com
    rogers.com shaw.ca sympatico.ca bell.net telus.net videotron.ca
    bigpond.com bigpond.net.au optusnet.com.au iinet.net.au ozemail.com.au xtra.co.nz
    uol.com.br bol.com.br terra.com.br ig.com.br globo.com prodigy.net.mx
    rediffmail.com sify.com qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com
    naver.com daum.net hanmail.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp
    walla.com walla.co.il mweb.co.za webmail.co.za telkomsa.net
    mailinator.com guerrillamail.com 10minutemail.com yopmail.com trashmail.com temp-mail.org
"""
FREE_MAIL_DOMAINS = frozenset(_DOMAINS.split())
