#Requires -Version 7.4
<#
    Validate.ps1 - the checks of -Validate, each reported on its own.

    Those of the tenant's state are pure. Microsoft needs up to 10 minutes for a connector and 30 for a rule:
    what is too young is Waiting, not Fail. Those of the network try the smart host from here, which many
    networks do not allow (port 25): then they are Skipped.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$script:ConnectorMinutes = 10
$script:RuleMinutes = 30

# ---- the tenant's state

# Is one object of the plan there and as it should be, and long enough for Microsoft?
function Test-SecuDocObjectState {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [hashtable] $Kind,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Want,
        [Parameter(Mandatory)]
        [object] $State,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Changes,
        [Parameter(Mandatory)]
        [datetime] $Now,
        [Parameter(Mandatory)]
        [bool] $ConnectorWorks
    )
    $name = [string](Get-SecuDocValue $Want -Name $Kind.Key)
    $check = "$($Kind.Kind) $name"
    $have = Find-SecuDocCounterpart -Kind $Kind -Want $Want -State $State
    if ($null -eq $have) {
        return New-SecuDocCheck -Name $check -Result 'Fail' -Detail 'is not there' -Advice 'Run Install-SecuDoc365.ps1 again.'
    }
    $wrong = [System.Collections.Generic.List[string]]::new()
    foreach ($change in $Changes) {
        if ($change.Kind -ne $Kind.Kind -or -not (Test-SecuDocSameText $change.Name -Right $name)) { continue }
        switch ($change.Action) {
            'Change' { $wrong.Add('differs in ' + (@($change.New.Keys) -join ', ')) }
            'Enable' { $wrong.Add('is off') }
            'Move' { $wrong.Add('stands in the wrong place') }
            'Manual' { $wrong.Add($change.Note) }
        }
    }
    if ($wrong.Count -gt 0) {
        return New-SecuDocCheck -Name $check -Result 'Fail' -Detail ($wrong -join '; ') -Advice 'Run Install-SecuDoc365.ps1 again; it shows the difference and asks.'
    }
    $minutes = Get-SecuDocMinutesSince -Have $have -Now $Now
    $needed = 0
    if ($Kind.Kind -match 'Connector$' -and -not $ConnectorWorks) { $needed = $script:ConnectorMinutes }
    if ($Kind.Kind -eq 'TransportRule') { $needed = $script:RuleMinutes }
    if ($minutes -lt $needed) {
        $detail = 'changed {0:0} minutes ago; Microsoft takes up to {1}' -f $minutes, $needed
        return New-SecuDocCheck -Name $check -Result 'Waiting' -Detail $detail -Advice 'Check again later.'
    }
    return New-SecuDocCheck -Name $check -Result 'Pass'
}

function Test-SecuDocRetainHeader {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $name = 'Both connectors keep or drop Exchange headers alike'
    $values = @(foreach ($kind in $script:PlanKinds) {
            if ($kind.Kind -notmatch 'Connector$') { continue }
            foreach ($want in @(Get-SecuDocList $Plan -Name $kind.Array)) {
                $have = Find-SecuDocCounterpart -Kind $kind -Want $want -State $State
                if ($null -ne $have) { [string](Get-SecuDocValue $have -Name 'CloudServicesMailEnabled' -Default $false) }
            }
        })
    if ($values.Count -lt 2) { return New-SecuDocCheck -Name $name -Result 'Skipped' -Detail 'a connector is missing' }
    if (Test-SecuDocSameText $values[0] -Right $values[1]) { return New-SecuDocCheck -Name $name -Result 'Pass' }
    return New-SecuDocCheck -Name $name -Result 'Fail' -Detail 'CloudServicesMailEnabled differs' -Advice 'Kept on one side only, the headers are stripped. Run Install-SecuDoc365.ps1 again.'
}

# A second connector for the same certificate: which one Exchange takes is not ours to say.
function Test-SecuDocRival {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $check = 'No other inbound connector for our certificate'
    foreach ($want in @(Get-SecuDocList $Plan -Name 'InboundConnectors')) {
        $name = [string](Get-SecuDocValue $want -Name 'Name')
        $certificate = [string](Get-SecuDocValue $want -Name 'TlsSenderCertificateName')
        foreach ($have in @(Get-SecuDocList $State -Name 'InboundConnectors')) {
            $other = [string](Get-SecuDocValue $have -Name 'Name')
            $same = Test-SecuDocSameText ([string](Get-SecuDocValue $have -Name 'TlsSenderCertificateName')) -Right $certificate
            if ($same -and -not (Test-SecuDocSameText $other -Right $name)) {
                return New-SecuDocCheck -Name $check -Result 'Fail' -Detail "$other claims $certificate too" -Advice 'Remove one of the two in the Exchange admin center.'
            }
        }
    }
    return New-SecuDocCheck -Name $check -Result 'Pass'
}

# -Members: Guid of a group to how many are in it.
function Test-SecuDocGroupFilled {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State,
        [Parameter(Mandatory)]
        [hashtable] $MemberCounts
    )
    foreach ($want in @(Get-SecuDocList $Plan -Name 'DistributionGroups')) {
        $name = [string](Get-SecuDocValue $want -Name 'Name')
        $have = Find-SecuDocCounterpart -Kind $script:PlanKinds[1] -Want $want -State $State
        $guid = [string](Get-SecuDocValue $have -Name 'Guid')
        if ($null -eq $have -or -not $MemberCounts.ContainsKey($guid)) {
            New-SecuDocCheck -Name "Members of $name" -Result 'Skipped' -Detail 'the group is not there'
        } elseif ($MemberCounts[$guid] -eq 0) {
            New-SecuDocCheck -Name "Members of $name" -Result 'Waiting' -Detail 'nobody is in it' -Advice 'Add members in the admin center, directly and not through other groups.'
        } else {
            New-SecuDocCheck -Name "Members of $name" -Result 'Pass' -Detail "$($MemberCounts[$guid]) direct members"
        }
    }
}

function Test-SecuDocSignatureTool {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $check = 'Our rules stand behind those of known signature tools'
    $tools = [System.Collections.Generic.List[string]]::new()
    $last = -1
    $first = [int]::MaxValue
    foreach ($rule in @(Get-SecuDocRuleOrder -Plan $Plan -State $State)) {
        if ($rule.Priority -lt 0) { continue }
        if ($rule.Ours) { $first = [math]::Min($first, $rule.Priority) }
        if ($rule.Tool -ne '') {
            $last = [math]::Max($last, $rule.Priority)
            if (-not $tools.Contains($rule.Tool)) { $tools.Add($rule.Tool) }
        }
    }
    if ($tools.Count -eq 0) { return New-SecuDocCheck -Name $check -Result 'Pass' -Detail 'none is known by name here; a renamed one is not seen' }
    if ($first -gt $last) { return New-SecuDocCheck -Name $check -Result 'Pass' -Detail ($tools -join ', ') }
    return New-SecuDocCheck -Name $check -Result 'Fail' -Detail ($tools -join ', ') -Advice 'Run Install-SecuDoc365.ps1 again: it moves our rules behind.'
}

# Everything that the state says. Call it inside @( ).
function Get-SecuDocStateCheck {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State,
        [Parameter(Mandatory)]
        [hashtable] $MemberCounts,
        [Parameter(Mandatory)]
        [bool] $ConnectorWorks,
        [AllowEmptyCollection()]
        [string[]] $Ours = @()
    )
    $changes = @(Compare-SecuDocState -Plan $Plan -State $State -Ours $Ours)
    $now = [datetime]::UtcNow
    foreach ($kind in $script:PlanKinds) {
        foreach ($want in @(Get-SecuDocList $Plan -Name $kind.Array)) {
            Test-SecuDocObjectState -Kind $kind -Want $want -State $State -Changes $changes -Now $now -ConnectorWorks $ConnectorWorks
        }
    }
    foreach ($change in $changes) {
        if ($change.Action -ne 'Disable') { continue }
        New-SecuDocCheck -Name "$($change.Kind) $($change.Name)" -Result 'Fail' -Detail 'is on, and the plan does without it' -Advice 'Run Install-SecuDoc365.ps1 again: it switches it off.'
    }
    Test-SecuDocRetainHeader -Plan $Plan -State $State
    Test-SecuDocRival -Plan $Plan -State $State
    Test-SecuDocGroupFilled -Plan $Plan -State $State -MemberCounts $MemberCounts
    Test-SecuDocSignatureTool -Plan $Plan -State $State
}

# ---- the smart host, from here

function Test-SecuDocHostName {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $HostName
    )
    $check = "DNS of $HostName"
    try {
        $addresses = @([System.Net.Dns]::GetHostAddresses($HostName))
    } catch {
        $text = $_.Exception.GetBaseException().Message
        return New-SecuDocCheck -Name $check -Result 'Fail' -Detail $text -Advice 'Publish an A record for the smart host; Exchange Online looks it up too.'
    }
    if ($addresses.Count -eq 0) {
        return New-SecuDocCheck -Name $check -Result 'Fail' -Detail 'no address' -Advice 'Publish an A record for the smart host; Exchange Online looks it up too.'
    }
    $texts = @(foreach ($address in $addresses) { $address.ToString() })
    return New-SecuDocCheck -Name $check -Result 'Pass' -Detail ($texts -join ', ')
}

# One SMTP reply, all its lines, read byte by byte: nothing behind it may be taken from the stream.
function Read-SecuDocSmtpReply {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.IO.Stream] $Stream
    )
    $text = [System.Text.StringBuilder]::new()
    $line = [System.Text.StringBuilder]::new()
    while ($text.Length -lt 8192) {
        $byte = $Stream.ReadByte()
        if ($byte -lt 0) { break }
        if ($byte -ne 10) {
            [void]$line.Append([char]$byte)
            continue
        }
        $one = $line.ToString().TrimEnd("`r")
        [void]$line.Clear()
        [void]$text.Append($one).Append("`n")
        # "250-more" goes on, "250 last" does not
        if ($one -match '^[0-9]{3}( |$)') { break }
    }
    return $text.ToString()
}

function Send-SecuDocSmtpLine {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.IO.Stream] $Stream,
        [Parameter(Mandatory)]
        [string] $Line
    )
    [byte[]] $bytes = [System.Text.Encoding]::ASCII.GetBytes($Line + "`r`n")
    $Stream.Write($bytes, 0, $bytes.Length)
    $Stream.Flush()
}

# Says EHLO and STARTTLS, and lets .NET judge chain and name, as Exchange Online does with DomainValidation.
function Get-SecuDocTlsAnswer {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.IO.Stream] $Stream,
        [Parameter(Mandatory)]
        [string] $HostName
    )
    $greeting = Read-SecuDocSmtpReply -Stream $Stream
    if (-not $greeting.StartsWith('220', [System.StringComparison]::Ordinal)) { return 'it does not greet with 220' }
    Send-SecuDocSmtpLine -Stream $Stream -Line 'EHLO check.invalid'
    $offers = Read-SecuDocSmtpReply -Stream $Stream
    if ($offers -notmatch '(?im)^250[- ]STARTTLS\s*$') { return 'it does not offer STARTTLS' }
    Send-SecuDocSmtpLine -Stream $Stream -Line 'STARTTLS'
    $ready = Read-SecuDocSmtpReply -Stream $Stream
    if (-not $ready.StartsWith('220', [System.StringComparison]::Ordinal)) { return 'it refuses STARTTLS' }
    $tls = [System.Net.Security.SslStream]::new($Stream, $true)
    try {
        $tls.AuthenticateAsClient($HostName)
        return ''
    } catch {
        return $_.Exception.GetBaseException().Message
    } finally {
        $tls.Dispose()
    }
}

function Test-SecuDocHostTls {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $HostName
    )
    $check = "TLS of $HostName"
    $client = [System.Net.Sockets.TcpClient]::new()
    try {
        $connected = $false
        try {
            $connected = $client.ConnectAsync($HostName, 25).Wait(15000)
        } catch {
            $connected = $false
        }
        if (-not $connected) {
            return New-SecuDocCheck -Name $check -Result 'Skipped' -Detail 'port 25 cannot be reached from here' -Advice 'Many networks block it. Microsoft''s test of the connector tries it from where it counts.'
        }
        $stream = $client.GetStream()
        $stream.ReadTimeout = 20000
        $stream.WriteTimeout = 20000
        $problem = Get-SecuDocTlsAnswer -Stream $stream -HostName $HostName
        if ($problem -eq '') { return New-SecuDocCheck -Name $check -Result 'Pass' -Detail 'certificate and name hold' }
        return New-SecuDocCheck -Name $check -Result 'Fail' -Detail $problem -Advice 'The smart host needs a certificate of a public authority for exactly this name, with the whole chain.'
    } catch {
        $text = $_.Exception.GetBaseException().Message
        return New-SecuDocCheck -Name $check -Result 'Fail' -Detail $text -Advice 'The smart host answers, but not as a mail server with TLS.'
    } finally {
        $client.Dispose()
    }
}

# Call it inside @( ).
function Get-SecuDocNetworkCheck {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan
    )
    foreach ($connector in @(Get-SecuDocList $Plan -Name 'OutboundConnectors')) {
        foreach ($hostName in @(Get-SecuDocList $connector -Name 'SmartHosts')) {
            Test-SecuDocHostName -HostName ([string]$hostName)
            Test-SecuDocHostTls -HostName ([string]$hostName)
        }
    }
}

# ---- Microsoft's test of the connector

# What the answers mean, as one check. Pure.
function ConvertTo-SecuDocConnectorCheck {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Name,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Answers
    )
    $check = "Microsoft's test of $Name"
    $failed = [System.Collections.Generic.List[string]]::new()
    $unclear = [System.Collections.Generic.List[string]]::new()
    foreach ($answer in $Answers) {
        if ($null -eq $answer.Passed) { $unclear.Add("$($answer.Task): $($answer.Detail)") }
        elseif (-not $answer.Passed) { $failed.Add("$($answer.Task): $($answer.Detail)") }
    }
    if ($failed.Count -gt 0) {
        return New-SecuDocCheck -Name $check -Result 'Fail' -Detail ($failed -join '; ') -Advice 'A new inbound connector takes up to 10 minutes. Look at the service too: secudoc queue list.'
    }
    if ($Answers.Count -eq 0 -or $unclear.Count -gt 0) {
        return New-SecuDocCheck -Name $check -Result 'Waiting' -Detail (('Microsoft''s answer is not understood. ' + ($unclear -join '; ')).Trim()) -Advice 'Validate the connector in the Exchange admin center, then run this again with -EnableRouting.'
    }
    return New-SecuDocCheck -Name $check -Result 'Pass' -Detail "$($Answers.Count) steps"
}

# Repeated while the connectors may be too young. Sends real mail, so it asks like a change.
function Test-SecuDocConnector {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State,
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [string] $Recipient,
        [Parameter(Mandatory)]
        [int] $WaitMinutes
    )
    $want = @(Get-SecuDocList $Plan -Name 'OutboundConnectors')[0]
    $name = [string](Get-SecuDocValue $want -Name 'Name')
    $have = Find-SecuDocCounterpart -Kind $script:PlanKinds[3] -Want $want -State $State
    if ($null -eq $have) {
        return New-SecuDocCheck -Name "Microsoft's test of $name" -Result 'Fail' -Detail 'the connector is not there' -Advice 'Run Install-SecuDoc365.ps1 first.'
    }
    if (-not $PSCmdlet.ShouldProcess($name, "Send a test mail to $Recipient through this connector")) {
        return New-SecuDocCheck -Name "Microsoft's test of $name" -Result 'Skipped' -Detail 'not run'
    }
    $guid = [guid][string](Get-SecuDocValue $have -Name 'Guid')
    $last = [System.Collections.Generic.List[object]]::new()
    [void](Wait-SecuDocCondition -TimeoutSeconds (60 * $WaitMinutes) -IntervalSeconds 60 -Activity "Waiting for Microsoft's test of $name" -Condition {
            $last.Clear()
            $last.Add((Invoke-SecuDocConnectorTest -Guid $guid -Name $name -Recipient $Recipient))
            $last[0].Result -ne 'Fail'
        })
    $result = $last[0]
    if ($result.Result -eq 'Pass') { Save-SecuDocConnectorTest -Have $have -Journal $Journal }
    return $result
}

# The test does not say so on the connector itself; the admin center shows this. Nothing hangs on it.
function Save-SecuDocConnectorTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Have,
        [Parameter(Mandatory)]
        [object] $Journal
    )
    if ((Get-SecuDocValue $Have -Name 'IsValidated' -Default $false) -eq $true) { return }
    $change = @{
        Area = 'Exchange'; Stage = 'Outbound'; Action = 'Change'; Kind = 'OutboundConnector'; Name = [string](Get-SecuDocValue $Have -Name 'Name')
        Guid = [string](Get-SecuDocValue $Have -Name 'Guid'); Old = [ordered]@{ IsValidated = $false }; New = [ordered]@{ IsValidated = $true }
    }
    try {
        [void](Invoke-SecuDocJournaledChange -Change (New-SecuDocChange @change) -Journal $Journal -Confirm:$false)
    } catch {
        Write-SecuDocNote (ConvertTo-SecuDocPrintable "The test passed, but the connector does not say so: $($_.Exception.Message)")
    }
}

function Invoke-SecuDocConnectorTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid] $Guid,
        [Parameter(Mandatory)]
        [string] $Name,
        [Parameter(Mandatory)]
        [string] $Recipient
    )
    try {
        $answers = @(Test-SecuDocOutboundConnector -Guid $Guid -Recipient $Recipient -Confirm:$false)
    } catch {
        return New-SecuDocCheck -Name "Microsoft's test of $Name" -Result 'Fail' -Detail $_.Exception.Message -Advice 'A new connector takes up to 10 minutes.'
    }
    return ConvertTo-SecuDocConnectorCheck -Name $Name -Answers $answers
}
