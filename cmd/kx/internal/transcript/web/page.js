const $=i=>document.getElementById(i),{d:D,e:E}=JSON.parse($("d").textContent),s=$("s"),caret=document.createElement("i"),clamp=(v,a,b)=>Math.min(Math.max(v,a),b),
F=[,"font-weight:700","opacity:.65","font-style:italic","text-decoration:underline",,,,,"text-decoration:line-through"],
LINES=" ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·",
CONTROL=/[\p{Cc}\p{Bidi_C}\u2028\u2029]/u,JOINS=/[\p{M}\u200b-\u200d\ufeff]/u,WIDE=/[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\u3000-\u303e\uff01-\uff60]/u;
let w=80,h=24,R=[],main,x,y,top_,bottom,g,css,saved,wrap,hidden,insert,nowrap,sets,shift,state,params,mark,tty,back;
const bg=()=>g.b?`background:${g.b};`:"",blank=()=>Array(w).fill([" ",bg()]),at=(a,b)=>{x=clamp(a,0,w-1);y=clamp(b,0,h-1);wrap=0},P=i=>clamp(+params.split(";")[i]||0,0,9999),N=i=>P(i)||1,
save=()=>[x,y,g],load=v=>{if(v)at(v[0],v[1]),g=v[2],paint()},hex=(...v)=>"#"+v.map(n=>(n&255).toString(16).padStart(2,0)).join("");
function reset(){R=[];main=saved=null;g={};css=mark=params=back="";x=y=wrap=hidden=insert=nowrap=shift=state=tty=0;sets=[];resize(w,h)}
function resize(a,b){w=clamp(a|0,1,1000);h=clamp(b|0,1,300);const fit=r=>{for(r=r.slice(r==R?Math.max(0,y-h+1):0,r==R?undefined:h);r.length<h;)r.push(blank());r.length=h;return r.map(l=>{l=l.slice(0,w);while(l.length<w)l.push([" ",""]);return l})};
const m=main&&fit(main);R=fit(R);main=m;top_=0;bottom=h-1;at(x,y)}
function paint(){let{f,b}=g;if(g[7])[f,b]=[b||"var(--b)",f||"var(--f)"];css=(f?`color:${f};`:"")+(b?`background:${b};`:"")+F.filter((_,i)=>g[i]).join(";")}
function extended(p){const m=+p.shift();if(m==2)return hex(p.shift(),p.shift(),p.shift());if(m!=5)return;let n=p.shift()&255,v=8+10*(n-232);
if(n<16)return`var(--${n})`;if(n>231)return hex(v,v,v);n-=16;return hex(...[n/36|0,(n/6|0)%6,n%6].map(v=>v&&55+40*v))}
function sgr(){const q=params.split(";");while(q.length){const p=q.shift().split(":"),c=+p.shift();g={...g};
if(!c)g={};else if(c<10)g[c]=p[0]!=="0";else if(c==22)g[1]=g[2]=0;else if(c<30)g[c-20]=0;
else if(c==38||c==48){if(p.length==5)p.splice(1,1);g[c<40?"f":"b"]=extended(p.length?p:q)}
else if(c%10<8)g[c<40||c>=90&&c<100?"f":"b"]=`var(--${c%10+(c<90?0:8)})`;else if(c==39)g.f=0;else if(c==49)g.b=0}paint()}
function scroll(a,b,n){for(let i=Math.min(Math.abs(n),b-a+1);i-->0;)n>0?(R.splice(a,1),R.splice(b,0,blank())):(R.splice(b,1),R.splice(a,0,blank()))}
function feed(){y==bottom?scroll(top_,bottom,1):y<h-1&&y++}
function erase(a,b,r=y){R[r]=R[r].map((c,i)=>i>=a&&i<b?[" ",bg()]:c)}
function show(c){let k=c.codePointAt(0),n=1;if(sets[shift]&&k>94&&k<127)c=[...LINES][k-95];if(k>126&&CONTROL.test(c))c="\ufffd";
if(k>767){if(JOINS.test(c)){const l=R[y],i=wrap?x:x-1,j=l[i]&&!l[i][0]?i-1:i;if(l[j]&&l[j][0].length<64){R[y]=l.slice();R[y][j]=[l[j][0]+c,l[j][1]]}return}if(WIDE.test(c))n=2}
if(wrap||x+n>w&&!nowrap){x=wrap=0;feed()}const l=R[y]=R[y].slice();if(insert)l.splice(x,0,...blank().slice(0,n));
if(!l[x][0]&&x)l[x-1]=[" ",""];l[x]=[c,n>1?css+";display:inline-block;width:2ch":css];if(n>1&&x+1<w)l[x+1]=["",css];if(x+n<w&&!l[x+n][0])l[x+n]=[" ",""];l.length=w;
back=c;x+=n;if(x>=w){x=w-1;wrap=!nowrap}}
function alternate(v){if(!v==!main)return;if(v){main=R;R=[...Array(h)].map(blank)}else{R=main;main=null}}
function mode(v){if(!mark&&P(0)==4)insert=v;if(mark!="?")return;for(const m of params.split(";").slice(0,8)){if(m==7)nowrap=!v;if(m==25)hidden=!v;if(m==47||m==1047)alternate(v);if(m==1049){if(v)saved=save();alternate(v);if(!v)load(saved)}}}
function csi(c){if(c=="h"||c=="l")return mode(c=="h");if(mark)return;const n=N(0),l=R[y];switch(c){
case"m":sgr();break;case"A":at(x,y-n);break;case"B":case"e":at(x,y+n);break;case"C":case"a":at(x+n,y);break;case"D":at(x-n,y);break;case"E":at(0,y+n);break;case"F":at(0,y-n);break;
case"G":case"`":at(n-1,y);break;case"d":at(x,n-1);break;case"H":case"f":at(N(1)-1,n-1);break;
case"J":{const p=P(0);if(p<2)erase(p?0:x,p?x+1:w);for(let i=0;i<h;i++)if(p==2||(p==1?i<y:!p&&i>y))R[i]=blank();break}
case"K":erase(P(0)?0:x,P(0)==1?x+1:w);break;case"X":erase(x,x+n);break;
case"@":R[y]=[...l.slice(0,x),...blank().slice(0,n),...l.slice(x)].slice(0,w);break;case"P":R[y]=[...l.slice(0,x),...l.slice(x+n),...blank()].slice(0,w);break;
case"L":case"M":if(y>=top_&&y<=bottom)scroll(y,bottom,c=="L"?-n:n);break;case"S":scroll(top_,bottom,n);break;case"T":scroll(top_,bottom,-n);break;
case"b":for(let i=Math.min(n,w);back&&i-->0;)show(back);break;case"s":saved=save();break;case"u":load(saved);break;
case"r":{const b=Math.min(P(1)||h,h);if(n<b){top_=n-1;bottom=b-1;at(0,0)}}}}
function esc(c){if(mark=="("||mark==")")sets[mark==")"?1:0]=c=="0";if(mark)return;switch(c){case"7":saved=save();break;case"8":load(saved);break;case"E":x=0;case"D":feed();break;
case"M":y==top_?scroll(top_,bottom,-1):at(x,y-1);break;case"c":{const t=tty;reset();tty=t}}}
function write(t){let was;for(const c of t){const k=c.codePointAt(0);
if(k==27){state=1;params=mark=""}else if(k==24||k==26)state=0;else if(state==3){if(k==7)state=0}
else if(k<32||k==127){if(k==8)at(x-1,y);if(k==9)at((x>>3<<3)+8,y);if(k==13)at(0,y);if(k>9&&k<13){if(was==13)tty=1;if(!tty)x=0;wrap=0;feed()}if(k==14||k==15)shift=15-k}
else if(!state)show(c);else if(k<48)mark=c;else if(state==1){if(c=="[")state=2;else if("]PX^_".includes(c))state=3;else{state=0;esc(c)}}
else if(k<64){if(k>59){mark=c;tty=1}else if(params.length<128)params+=c}else{state=0;if(k<127)csi(c)}was=k}}
let n=0,now=0,playing=0,last;
function seek(t){t=clamp(t,0,D);if(t<now||!n){n=0;reset()}for(now=t;n<E.length&&E[n][0]<=t;n++){const[,c,v]=E[n];c=="o"?write(v):resize(...v.split("x"))}draw()}
function draw(){s.style.setProperty("--c",w);while(s.children.length>h+1)s.firstChild.remove();while(s.children.length<h+1)s.prepend(document.createElement("div"));
R.forEach((l,i)=>{const e=s.children[i];if(e.l==l)return;e.l=l;e.replaceChildren();for(let i=0;i<w;){const[c,v]=l[i++];let t=c;if(!v.endsWith("ch"))while(i<w&&l[i][1]==v&&l[i][0])t+=l[i++][0];else i++;
if(v){const p=document.createElement("span");p.style.cssText=v;p.textContent=t;e.append(p)}else e.append(i<w?t:t.trimEnd())}});
caret.hidden=hidden;caret.style.top=`calc(.5em + ${y*1.25}em)`;caret.style.left=`calc(.5em + ${x}ch)`;
const m=v=>(v/6e4|0)+":"+String((v/1e3|0)%60).padStart(2,0);$("t").value=now;$("c").textContent=m(now)+" / "+m(D);$("p").textContent=playing?"Pause":"Play"}
function tick(){if(!playing)return;const a=performance.now();let t=now+(a-last)*$("v").value;last=a;if($("k").checked&&n<E.length)t=Math.max(t,E[n][0]-1e3);playing=t<D;seek(t);setTimeout(tick,30)}
s.append(caret);$("t").max=D;$("t").oninput=e=>seek(+e.target.value);$("n").hidden=$("w").hidden=false;
$("p").onclick=()=>{playing=!playing;if(playing){if(now>=D)seek(0);last=performance.now();tick()}draw()};
(onhashchange=()=>seek(location.hash.startsWith("#t=")?location.hash.slice(3)*1e3||0:D))();
