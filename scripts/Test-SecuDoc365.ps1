#Requires -Version 7.4
<#
.SYNOPSIS
    Makes the four tests of a finished SecuDoc set-up in Microsoft 365.

.DESCRIPTION
    Test 1  a mail without attachment to an outside address arrives (SD-150)
    Test 2  a mail with attachment to an outside address arrives without it and with a download banner (SD-151)
    Test 3  a mail with attachment to a colleague arrives with it; not made when the rule is for recipients inside too (SD-152)
    Test 4  a mail with attachment that is excluded in the add-in arrives outside with it; only with -AddIn or -SendFrom (SD-153, SD-154)

    The script says which mails to send, follows them in the message trace of Exchange Online, and asks what only a person can see.
    With -SendFrom it sends them itself, from the mailbox of the account that signs in to Microsoft Graph; for this Microsoft asks
    for the consent to "Mail.Send", which stays in the tenant (Enterprise applications, Microsoft Graph Command Line Tools,
    Permissions) until it is taken back. Without -SendFrom nothing is asked for and nothing is sent.

    Nothing in the tenant is changed. The message trace lags and a new rule needs up to 30 minutes: a test that is not decided is
    Waiting, and -Resume goes on with it later.

.PARAMETER PlanPath
    The plan of the tenant as JSON, the one that Install-SecuDoc365.ps1 was run with.

.PARAMETER Sender
    Address of the mailbox that sends: a member of the users group. With -SendFrom it may be left out.

.PARAMETER Outside
    An address outside the organisation whose mailbox you can look into, for example at Outlook.com or Gmail.

.PARAMETER Colleague
    An address inside the organisation, for test 3.

.PARAMETER Test
    Numbers of the tests to make; all four when it is left out.

.PARAMETER AddIn
    The Outlook add-in is rolled out to the sender: test 4 can be made.

.PARAMETER SendFrom
    The address of the account that signs in to Microsoft Graph: the script sends the mails from its mailbox, and sets the header of
    the add-in itself. A copy of each is in Sent Items.

.PARAMETER WaitMinutes
    How long to follow the mails. 30 minutes when it is left out.

.PARAMETER ResultPath
    Where the results are written as JSON. In the current folder when it is left out.

.PARAMETER Resume
    A file of results of an earlier run: goes on with the tests in it that are Waiting.

.PARAMETER Unattended
    Asks nothing; needs -SendFrom or -Resume. Results are then what the message trace shows.

.PARAMETER Device
    Signs in with a code that is entered in a browser, also on another computer.

.PARAMETER AppId
    Signs in as this application, with -Organization and a certificate. Not together with -SendFrom.

.PARAMETER CertificateThumbprint
    The application's certificate in the certificate store (Windows).

.PARAMETER CertificateFilePath
    The application's certificate as PFX file.

.PARAMETER CertificatePassword
    Password of that file.

.PARAMETER Organization
    The tenant's name that ends in .onmicrosoft.com, for signing in as an application.

.PARAMETER UserPrincipalName
    The account that signs in to Exchange Online.

.PARAMETER Environment
    The cloud of the tenant; Global when it is left out.

.EXAMPLE
    ./Test-SecuDoc365.ps1 -PlanPath plan.json -Sender an@contoso.nl -Outside an.test@outlook.com -Colleague bo@contoso.nl

    Guides through the first three tests.

.EXAMPLE
    ./Test-SecuDoc365.ps1 -PlanPath plan.json -SendFrom an@contoso.nl -Outside an.test@outlook.com -Unattended

    Sends the mails of tests 1, 2 and 4 and reports what the message trace shows.

.EXAMPLE
    ./Test-SecuDoc365.ps1 -PlanPath plan.json -Resume results.json

    Goes on with tests that were Waiting.

.NOTES
    Exit status: 0 all tests made are passed, 4 some are not decided yet, 7 one failed, 2 not begun (parameters, modules, sign-in,
    no test that could be made), 6 Microsoft refused something, 1 anything else.
#>
[CmdletBinding(DefaultParameterSetName = 'New')]
param(
    [Parameter(Mandatory, Position = 0)]
    [string] $PlanPath,

    [Parameter(ParameterSetName = 'New')]
    [string] $Sender = '',

    [Parameter(Mandatory, ParameterSetName = 'New')]
    [string] $Outside,

    [Parameter(ParameterSetName = 'New')]
    [string] $Colleague = '',

    [Parameter(ParameterSetName = 'New')]
    [ValidateRange(1, 4)]
    [int[]] $Test = @(1, 2, 3, 4),

    [Parameter(ParameterSetName = 'New')]
    [switch] $AddIn,

    [Parameter(ParameterSetName = 'New')]
    [string] $SendFrom = '',

    [Parameter(Mandatory, ParameterSetName = 'Resume')]
    [string] $Resume,

    [ValidateRange(0, 1440)]
    [int] $WaitMinutes = 30,

    [string] $ResultPath = '',

    [switch] $Unattended,

    [switch] $Device,

    [string] $AppId = '',

    [string] $CertificateThumbprint = '',

    [string] $CertificateFilePath = '',

    [securestring] $CertificatePassword,

    [string] $Organization = '',

    [string] $UserPrincipalName = '',

    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

. "$PSScriptRoot/SecuDoc365/Common.ps1"
. "$PSScriptRoot/SecuDoc365/Plan.ps1"
. "$PSScriptRoot/SecuDoc365/Compare.ps1"
. "$PSScriptRoot/SecuDoc365/Journal.ps1"
. "$PSScriptRoot/SecuDoc365/Exchange.ps1"
. "$PSScriptRoot/SecuDoc365/Graph.ps1"
. "$PSScriptRoot/SecuDoc365/Entra.ps1"
. "$PSScriptRoot/SecuDoc365/EntraCompare.ps1"
. "$PSScriptRoot/SecuDoc365/EntraChange.ps1"
. "$PSScriptRoot/SecuDoc365/Prerequisites.ps1"
. "$PSScriptRoot/SecuDoc365/Tests.ps1"

# Parameters that belong together; gives the address that sends.
function Resolve-SecuDocTestSender {
    [CmdletBinding()]
    param(
        [AllowEmptyString()]
        [string] $Sender = '',
        [AllowEmptyString()]
        [string] $SendFrom = '',
        [switch] $Unattended,
        [switch] $AsApplication
    )
    $problem = ''
    if ($SendFrom -ne '' -and $Sender -ne '' -and -not (Test-SecuDocSameText $Sender -Right $SendFrom)) { $problem = '-Sender and -SendFrom name two mailboxes.' }
    if ($SendFrom -eq '' -and $Sender -eq '') { $problem = 'Give -Sender, the mailbox from which you send the mails, or -SendFrom.' }
    if ($Unattended -and $SendFrom -eq '') { $problem = '-Unattended needs -SendFrom or -Resume: without them somebody has to send the mails.' }
    if ($SendFrom -ne '' -and $AsApplication) { $problem = '-SendFrom needs a user who signs in, not an application.' }
    if ($problem -ne '') { throw (New-SecuDocError -Code 'SD102' -Message $problem) }
    if ($SendFrom -ne '') { return $SendFrom }
    return $Sender
}

# Signs in; with -ByScript to Microsoft Graph too, as the very user whose mailbox sends.
function Connect-SecuDocTestService {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid] $TenantId,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $SignIn,
        [AllowEmptyString()]
        [string] $SendFrom = ''
    )
    $checks = @(Test-SecuDocModule -SkipEntra:($SendFrom -eq ''))
    if (Test-SecuDocFailed -Checks $checks) {
        Write-SecuDocCheck -Checks $checks
        throw (New-SecuDocError -Code 'SD103' -Message 'PowerShell or a module is missing or too old.')
    }
    $connect = @{
        Method                = $SignIn['Method']
        TenantId              = $TenantId
        AppId                 = $SignIn['AppId']
        CertificateThumbprint = $SignIn['CertificateThumbprint']
        CertificateFilePath   = $SignIn['CertificateFilePath']
        CertificatePassword   = $SignIn['CertificatePassword']
        Organization          = $SignIn['Organization']
        UserPrincipalName     = $SignIn['UserPrincipalName']
        Environment           = $SignIn['Environment']
        SkipEntra             = ($SendFrom -eq '')
        MailOnly              = $true
        ReadOnly              = $true
    }
    Connect-SecuDocTenant @connect
    if (-not (Test-SecuDocExchangeCommand -Name 'Get-MessageTraceV2')) {
        throw (New-SecuDocError -Code 'SD105' -Message 'This account may not use the message trace (Get-MessageTraceV2).' -Advice 'It needs the role Message Tracking or View-Only Recipients, for example as Exchange Administrator; and a module that has the cmdlet: Update-Module ExchangeOnlineManagement.')
    }
    if ($SendFrom -ne '') {
        $account = [string](Get-SecuDocValue (Get-SecuDocGraphContext) -Name 'Account' -Default '')
        if (-not (Test-SecuDocSameText $account -Right $SendFrom)) {
            throw (New-SecuDocError -Code 'SD102' -Message "Microsoft Graph is signed in as $account, -SendFrom says $SendFrom." -Advice 'Sign in as the user whose mailbox sends.')
        }
    }
}

# The tests to be made, sent or waiting to be sent.
function Start-SecuDocTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Facts,
        [Parameter(Mandatory)]
        [int[]] $Number,
        [Parameter(Mandatory)]
        [string] $From,
        [Parameter(Mandatory)]
        [string] $Outside,
        [AllowEmptyString()]
        [string] $Colleague = '',
        [switch] $AddIn,
        [switch] $ByScript
    )
    foreach ($item in @($Number | Sort-Object -Unique)) {
        $row = Get-SecuDocTestRow -Number $item
        $skip = Get-SecuDocTestSkip -Row $row -Facts $Facts -Colleague $Colleague -AddIn:$AddIn -CanSend:$ByScript
        $recipient = $Outside
        if ($row['Inside']) { $recipient = $Colleague }
        New-SecuDocTest -Row $row -Sender $From -Recipient $recipient -Skip $skip
    }
}

# Nothing tested is nothing passed.
function Assert-SecuDocTestPossible {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Tests
    )
    $reasons = @()
    foreach ($item in $Tests) {
        if ($item['Result'] -ne 'Skipped') { return }
        $reasons += "test $($item['Number']): $($item['Detail'])"
    }
    throw (New-SecuDocError -Code 'SD102' -Message "No test can be made. $($reasons -join '; ')")
}

# 0 all passed or skipped, 4 something waits, 7 something failed.
function Get-SecuDocTestExitCode {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object[]] $Tests
    )
    $results = @($Tests | ForEach-Object { $_['Result'] })
    if ($results -contains 'Fail') { return 7 }
    if ($results -contains 'Waiting') { return 4 }
    return 0
}

function Invoke-SecuDocTestRun {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Facts,
        [Parameter(Mandatory)]
        [object[]] $Tests,
        [Parameter(Mandatory)]
        [string] $TenantId,
        [Parameter(Mandatory)]
        [string] $ResultPath,
        [Parameter(Mandatory)]
        [int] $WaitMinutes,
        [switch] $ByScript,
        [switch] $Unattended
    )
    foreach ($item in $Tests) {
        if ($item['Result'] -ne 'Waiting' -or $item['SentAt'] -ne '') { continue }
        if ($Unattended -and -not $ByScript) {
            $item['Detail'] = 'the mail was never sent'
            continue
        }
        Send-SecuDocTest -Test $item -Facts $Facts -ByScript:$ByScript
        Save-SecuDocTest -Path $ResultPath -TenantId $TenantId -Tests $Tests
    }
    Write-SecuDocStep "Following the mails in the message trace, for $WaitMinutes minutes at most"
    # At most 100 questions in five minutes are allowed: four tests a minute stay far below.
    $null = Wait-SecuDocCondition -Activity 'Following the test mails' -TimeoutSeconds ($WaitMinutes * 60) -IntervalSeconds 60 -Condition {
        (Update-SecuDocTest -Tests $Tests -Facts $Facts) -eq 0
    }
    Save-SecuDocTest -Path $ResultPath -TenantId $TenantId -Tests $Tests
    if ($Unattended) { return }
    foreach ($item in $Tests) {
        if (@('Pass', 'Waiting') -notcontains $item['Result'] -or $item['SentAt'] -eq '' -or $item['Eyes'] -ne '') { continue }
        Set-SecuDocTestAnswer -Test $item -Answer (Read-SecuDocTestAnswer -Test $item)
    }
    Save-SecuDocTest -Path $ResultPath -TenantId $TenantId -Tests $Tests
}

$exitCode = 1
$connected = $false
try {
    $document = Read-SecuDocPlan -Path $PlanPath
    $tenantId = [guid](Get-SecuDocValue (Get-SecuDocValue $document -Name 'Tenant') -Name 'EntraId')
    $facts = Get-SecuDocTestPlan -Plan $document
    $method = 'Interactive'
    if ($Device) { $method = 'Device' }
    if ($AppId -ne '') { $method = 'Certificate' }
    if ($PSCmdlet.ParameterSetName -eq 'Resume') {
        $tests = @(Read-SecuDocTest -Path $Resume -TenantId $tenantId.ToString())
        if ($ResultPath -eq '') { $ResultPath = $Resume }
    } else {
        $from = Resolve-SecuDocTestSender -Sender $Sender -SendFrom $SendFrom -Unattended:$Unattended -AsApplication:($AppId -ne '')
        $tests = @(Start-SecuDocTest -Facts $facts -Number $Test -From $from -Outside $Outside -Colleague $Colleague -AddIn:$AddIn -ByScript:($SendFrom -ne ''))
        if ($ResultPath -eq '') { $ResultPath = "secudoc-test-$([datetime]::UtcNow.ToString('yyyyMMdd-HHmmss', [cultureinfo]::InvariantCulture)).json" }
    }
    Assert-SecuDocTestPossible -Tests $tests
    $signIn = @{
        Method = $method; AppId = $AppId; CertificateThumbprint = $CertificateThumbprint; CertificateFilePath = $CertificateFilePath
        CertificatePassword = $CertificatePassword; Organization = $Organization; UserPrincipalName = $UserPrincipalName; Environment = $Environment
    }
    $connected = $true
    Connect-SecuDocTestService -TenantId $tenantId -SignIn $signIn -SendFrom $SendFrom
    Invoke-SecuDocTestRun -Facts $facts -Tests $tests -TenantId $tenantId.ToString() -ResultPath $ResultPath -WaitMinutes $WaitMinutes -ByScript:($SendFrom -ne '') -Unattended:$Unattended
    Write-SecuDocStep 'Results'
    Write-SecuDocCheck -Checks @(ConvertTo-SecuDocTestCheck -Tests $tests)
    Write-SecuDocNote "written to $ResultPath"
    $exitCode = Get-SecuDocTestExitCode -Tests $tests
    if ($exitCode -eq 4) { Write-SecuDocNote "Go on later with: -PlanPath $PlanPath -Resume $ResultPath" }
} catch {
    Write-Host $_.Exception.Message -ForegroundColor Red
    $exitCode = Get-SecuDocExitCode (Get-SecuDocErrorCode $_)
} finally {
    if ($connected) { Disconnect-SecuDocTenant }
}
exit $exitCode
