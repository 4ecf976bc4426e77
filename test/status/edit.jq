# What the tests change in formed.json: each function leaves the document as Juju would show it then.

def td: "microcluster-token-distributor/0";
def td1: "microcluster-token-distributor/1";

# The relation with the distributor, of each unit.
def relation(f): map_values(."relation-info" |= map(if ."relation-id" == 4 then f else . end));

# A unit's databag, wherever it is shown.
def bag($unit; f):
	relation(if ."related-units"[$unit] then ."related-units"[$unit].data |= f else . end) |
	if .[$unit] then .[$unit]."relation-info" |= map(
		if ."relation-id" == 4 and ."local-unit".data then ."local-unit".data |= f else . end)
	else . end;
def mirror(f): bag(td; f);

# The distributor application's databag, as consumers see it.
def app(f): relation(if .endpoint == "cluster" then ."application-data" |= f else . end);

# A second distributor unit, as consumers see it.
def second(data): relation(
	if .endpoint == "cluster" then ."related-units"[td1] = {"in-scope": true, "data": data} else . end);

# A consumer unit's fourth, as the distributor sees it.
def fourth($unit; data): relation(
	if .endpoint != "cluster" then ."related-units"[$unit] = {"in-scope": true, "data": data} else . end);
def gone($unit): del(.[$unit]) | relation(del(."related-units"[$unit]));

# A unit's document, put together from its own databag and those of related units; null: not known.
def unit($name; $endpoint; $related; $own; $bags): {($name): {"relation-info": [{"relation-id": 4, $endpoint,
	"related-endpoint": $related, "local-unit": {"data": $own}, "related-units": ($bags | map_values({"data": .}))}]}};

# A node that asks, and isn't in the cluster.
def asks($unit; $host; $value): bag($unit; del(.member)) | mirror(."mirror-\($host)" = $value);
def waits: asks("microovn/2"; "node-10"; "empty");
def holds($token): asks("microovn/2"; "node-10"; $token);

# No cluster yet: every node asks, and nobody is in one.
def fresh:
	reduce ("microovn/0", "microovn/1", "microovn/2") as $u (.;
		bag($u; del(.member, .mirror))) |
	mirror(."mirror-node-1" = "empty" | ."mirror-node-2" = "empty" | ."mirror-node-10" = "empty") |
	app(del(."bootstrap-unit", ."bootstrap-host"));

# What the reference's library writes: no key of ours.
def reference:
	reduce ("microovn/0", "microovn/1", "microovn/2") as $u (.; bag($u; del(.member))) |
	mirror(map_values(if . == "member" then "tokenA" else . end)) | app({"bootstrap-app"});

# microcluster's token of a cluster, with addresses where to join.
def token($fingerprint; $addresses):
	{"secret": ("5" * 64), $fingerprint, "join_addresses": $addresses} | tojson | @base64;
def good: token("f1" * 32; ["10.0.0.11:6686", "10.0.0.12:6686"]);

